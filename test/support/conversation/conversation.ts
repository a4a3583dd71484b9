/**
 * A chat and a scripted Codex behind it, for the running test. The file that uses it replaces the shared client:
 * `vi.mock("../src/app-server/shared-client.js", () => import("./support/conversation/shared-client.js"))`.
 */
import { onTestFinished, vi } from "vitest";
import { Chat } from "./chat.js";
import { clientSource } from "./client-source.js";
import { ScriptedCodex } from "./scripted-codex.js";
import { temporaryFolder } from "./temporary-folder.js";

export async function conversation(): Promise<{
  codex: ScriptedCodex;
  chat: Chat;
  folder: string;
}> {
  const folder = await temporaryFolder();
  const codex = new ScriptedCodex();
  clientSource.serve(codex);
  // What stands in the environment of whoever runs the tests decides nothing.
  for (const name of ["CODEX_API_KEY", "OPENAI_API_KEY", "OPENCLAW_CODEX_APP_SERVER_BIN"]) {
    vi.stubEnv(name, undefined);
  }
  onTestFinished(() => void vi.unstubAllEnvs());
  return { codex, chat: new Chat(folder, codex), folder };
}
