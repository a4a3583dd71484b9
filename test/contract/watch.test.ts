/** Whether the real Codex tells of a thread that another client works on, without that being loaded or subscribed to. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { watchThread } from "../../src/app-server/thread-watch.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { Gate, says } from "../support/responses-api.js";

const TOKEN = "a-token-of-this-test";
const TIMES = { timeoutMs: 60_000, withinMs: 600_000 };

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await codex.dispose();
});

test("a thread is watched until another client's turn on it is over", async () => {
  const url = await codex.listen(TOKEN);
  const [terminal, chat] = [await codex.dial(url, TOKEN), await codex.dial(url, TOKEN)];
  const gate = new Gate();
  codex.api.script = ({ said }) => [
    ...(said === "long" ? [{ do: "hold", gate } as const] : []),
    says("Done."),
  ];
  const threadId = await terminal.startThread();
  await terminal.runTurn(threadId, "short");
  expect(await watchThread(chat.client, threadId, TIMES)).toBeUndefined();

  const turnId = await terminal.startTurn(threadId, "long");
  await terminal.hears("turn/started", turnId);
  const watch = await watchThread(chat.client, threadId, TIMES);
  expect(watch?.facts).toMatchObject({ isActive: true, cwd: codex.workspace });
  gate.open();
  expect(await watch?.ended).toBe("done");
  // It heard of the thread's state and of nothing that was said.
  expect(chat.heard.entries.map(({ method }) => method)).not.toContain("item/completed");
});
