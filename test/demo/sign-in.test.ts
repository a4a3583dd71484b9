/** What `npm run demo -- --real` finds out before it starts anything. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { requireSignIn } from "../../demo/sign-in.js";

/** A Codex whose `login status` ends with this code, and a home of its own. */
async function codexThatEndsWith(
  code: number,
): Promise<NodeJS.ProcessEnv & { CODEX_HOME: string }> {
  const folder = await mkdtemp(join(tmpdir(), "demo-codex-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const codex = join(folder, "codex");
  await writeFile(codex, `#!/bin/sh\n[ "$*" = "login status" ] || exit 0\nexit ${code}\n`);
  await chmod(codex, 0o755);
  return { CODEX_HOME: folder, OPENCLAW_CODEX_APP_SERVER_BIN: codex };
}

test("a Codex that is signed in will do", async () => {
  await expect(requireSignIn(await codexThatEndsWith(0))).resolves.toBeUndefined();
});

test("a Codex that is not signed in is refused, with how to sign in", async () => {
  await expect(requireSignIn(await codexThatEndsWith(1))).rejects.toThrow(
    "Your Codex is not signed in, so --real cannot work. Run `codex login`, then try again.",
  );
});

test.each(["CODEX_API_KEY", "OPENAI_API_KEY"])("a key in %s needs no sign-in", async (name) => {
  const env = await codexThatEndsWith(1);
  await expect(requireSignIn({ ...env, [name]: "a key" })).resolves.toBeUndefined();
});

test("a model provider of one's own needs no sign-in", async () => {
  const env = await codexThatEndsWith(1);
  await writeFile(join(env.CODEX_HOME, "config.toml"), 'model_provider = "local"\n');
  await expect(requireSignIn(env)).resolves.toBeUndefined();
});
