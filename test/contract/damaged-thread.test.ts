/** What the real Codex says of a thread whose file is damaged, and that the chat hears what to do. */
import { readdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { disposeCodexAppServerClients } from "../../src/app-server/client-pool.js";
import { realChat } from "../support/app-server/real-chat.js";
import { RealCodex } from "../support/app-server/real-codex.js";

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
  codex.api.script = () => [{ do: "say", text: "Hello.", phase: "final_answer" }];
});

afterEach(async () => {
  await disposeCodexAppServerClients();
  await codex.dispose();
});

async function rolloutFile(): Promise<string> {
  const sessions = join(process.env["CODEX_HOME"] ?? "", "sessions");
  const names = await readdir(sessions, { recursive: true });
  const file = names.find((name) => name.endsWith(".jsonl"));
  if (file === undefined) throw new Error("there is no rollout");
  return join(sessions, file);
}

test.each([
  { damage: "is empty", by: (file: string) => truncate(file) },
  { damage: "begins with something else", by: (file: string) => writeFile(file, "no thread\n") },
])("a thread whose file $damage is told in few words, with what to do", async ({ by }) => {
  const { say } = await realChat(codex);
  expect(await say("go")).toBe("Hello.");
  await disposeCodexAppServerClients();
  await by(await rolloutFile());
  expect(await say("go")).toBe(
    "Codex app-server turn failed: Codex cannot read this thread any more. `/codexchat new` starts a new one",
  );
});
