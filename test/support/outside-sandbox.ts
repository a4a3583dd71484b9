/** A place where Codex's sandbox lets no command write, though this process may. */
import { accessSync, constants, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A file that is not there, and is gone with the test. The sandbox lets commands write below the temporary folders. */
export function fileOutsideSandbox(): string {
  const repository = fileURLToPath(new URL("../..", import.meta.url));
  // HOME can be a test's own.
  const folder = [repository, userInfo().homedir].find((candidate) => !isTemporary(candidate));
  if (folder === undefined) throw new Error("Every folder at hand is a temporary one.");
  accessSync(folder, constants.W_OK);
  const file = path.join(folder, `made-outside-${process.pid}`);
  onTestFinished(() => rm(file, { force: true }));
  return file;
}

function isTemporary(folder: string): boolean {
  return ["/tmp", tmpdir()].some((temporary) => {
    const way = path.relative(realpathSync(temporary), realpathSync(folder));
    return !way.startsWith("..");
  });
}
