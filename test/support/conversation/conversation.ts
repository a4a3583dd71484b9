/**
 * A chat and a scripted Codex behind it, for the running test. The file that uses it replaces the shared client:
 * `vi.mock("../src/app-server/shared-client.js", () => import("./support/conversation/shared-client.js"))`.
 */
import path from "node:path";
import { onTestFinished, vi } from "vitest";
import { Chat } from "./chat.js";
import { clientSource } from "./client-source.js";
import { ScriptedCodex } from "./scripted-codex.js";
import { temporaryFolder } from "./temporary-folder.js";

const WITHOUT = [
  "CODEX_API_KEY",
  "OPENAI_API_KEY",
  "OPENCLAW_CODEX_APP_SERVER_BIN",
  "OPENCLAW_CONFIG_PATH",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "DBUS_SESSION_BUS_ADDRESS",
];

export async function conversation(): Promise<{
  codex: ScriptedCodex;
  chat: Chat;
  folder: string;
}> {
  const folder = await temporaryFolder();
  const codex = new ScriptedCodex();
  clientSource.serve(codex);
  // What stands in the environment of whoever runs the tests decides nothing.
  for (const name of WITHOUT) vi.stubEnv(name, undefined);
  const operator = await temporaryFolder();
  vi.stubEnv("OPENCLAW_STATE_DIR", path.join(operator, "openclaw"));
  vi.stubEnv("CODEX_HOME", path.join(operator, "codex"));
  onTestFinished(() => void vi.unstubAllEnvs());
  return { codex, chat: new Chat(folder, codex), folder };
}
