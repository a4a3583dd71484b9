import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { windowsCommand } from "../../src/app-server/windows-command.js";

const ARGS = ["app-server", "a & b"];

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "windows-command-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function install(...files: string[]): Promise<void> {
  for (const file of files) {
    const path = join(folder, file);
    // oxlint-disable-next-line no-await-in-loop
    await mkdir(dirname(path), { recursive: true });
    // oxlint-disable-next-line no-await-in-loop
    await writeFile(path, "");
  }
}

const SCRIPT = join("npm", "node_modules", "@openai", "codex", "bin", "codex.js");

test.each([["codex"], ["codex.cmd"]])(
  "%s as npm installs it is run as the script behind its batch file, arguments untouched",
  async (command) => {
    await install(join("npm", "codex.cmd"), SCRIPT);
    const path = [join(folder, "empty"), join(folder, "npm")].join(delimiter);
    const expected = { command: process.execPath, args: [join(folder, SCRIPT), ...ARGS] };
    expect(windowsCommand(command, ARGS, path)).toEqual(expected);
    expect(windowsCommand(join(folder, "npm", command), ARGS, "")).toEqual(expected);
  },
);

test("an executable is preferred where it comes first on the path", async () => {
  await install(join("native", "codex.exe"), join("npm", "codex.cmd"), SCRIPT);
  const path = [join(folder, "native"), join(folder, "npm")].join(delimiter);
  expect(windowsCommand("codex", ARGS, path)).toEqual({ command: "codex", args: ARGS });
});

test("a batch file of somebody else's and a missing command stay as they are", async () => {
  await install(join("npm", "codex.cmd"));
  for (const command of ["codex", "missing", join(folder, "npm", "codex.cmd")]) {
    expect(windowsCommand(command, ARGS, join(folder, "npm"))).toEqual({ command, args: ARGS });
  }
});
