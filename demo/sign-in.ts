/** Whether the Codex of whoever runs the demo can answer at all: without a sign-in it would be found out late. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findCodexBinary } from "../test/support/codex-home.js";

const run = promisify(execFile);
const TIMEOUT_MS = 10_000;

/** @throws Error that says how to sign in */
export async function requireSignIn(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (env["CODEX_API_KEY"] || env["OPENAI_API_KEY"]) return;
  const home = env["CODEX_HOME"] ?? join(homedir(), ".codex");
  if (await hasOwnProvider(home)) return;
  const codex = env["OPENCLAW_CODEX_APP_SERVER_BIN"] ?? (await findCodexBinary());
  try {
    await run(codex, ["login", "status"], { env, timeout: TIMEOUT_MS });
  } catch (error) {
    throw new Error(
      "Your Codex is not signed in, so --real cannot work. Run `codex login`, then try again.",
      { cause: error },
    );
  }
}

/** A model provider of one's own takes its key from elsewhere, and needs no sign-in. */
async function hasOwnProvider(codexHome: string): Promise<boolean> {
  const config = await readFile(join(codexHome, "config.toml"), "utf8").catch(() => "");
  return /^\s*model_provider\s*=/m.test(config);
}
