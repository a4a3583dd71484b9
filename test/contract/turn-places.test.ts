/** Two chats and one place on the real Codex: who waits, and what a question to a person frees. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { disposeCodexAppServerClients } from "../../src/app-server/client-pool.js";
import { readCodexConversationActiveTurn } from "../../src/thread/active-turns.js";
import { turnsAheadOfPlace } from "../../src/thread/turn-places.js";
import { realChat } from "../support/app-server/real-chat.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { until } from "../support/conversation/settled.js";
import { Gate, says } from "../support/responses-api.js";

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await disposeCodexAppServerClients();
  await codex.dispose();
});

test("the second chat's message reaches the model only when the first one's turn is over", async () => {
  const gate = new Gate();
  codex.api.script = ({ said }) =>
    said === "first" ? [{ do: "hold", gate }, says("One.")] : [says("Two.")];
  const a = await realChat(codex, { maxRunningTurns: 1 }, "a");
  const b = await realChat(codex, { maxRunningTurns: 1 }, "b");
  const first = a.say("first");
  await codex.api.waitForRequest(/^first$/);
  const second = b.say("second");
  await until(() => turnsAheadOfPlace(b.sessionFile) === 1);
  expect(readCodexConversationActiveTurn(b.sessionFile)).toBeUndefined();
  expect(codex.api.requests.entries.map(({ said }) => said)).toEqual(["first"]);
  gate.open();
  expect(await first).toBe("One.");
  expect(await second).toBe("Two.");
});
