/** A turn that nobody could follow when it began, as on a disk that cannot be read for a moment. */
import { onTestFinished, expect, test, vi } from "vitest";
import {
  attachThreadHost,
  closeThreadSession,
  openThreadSession,
} from "../../src/thread/sessions.js";
import type { UnsolicitedTurn } from "../../src/thread/turn-view.js";
import { nobody } from "../support/conversation/nobody.js";
import { ScriptedCodex, ScriptedTurn } from "../support/conversation/scripted-codex.js";

/** A thread on a shared app-server, and the turns that its host hears of. */
function heardTurns() {
  const turns: UnsolicitedTurn[] = [];
  const host = {
    ...nobody,
    turnBegan: (_session: unknown, turn: UnsolicitedTurn) => void turns.push(turn),
  };
  const codex = Object.assign(new ScriptedCodex(), { isShared: true });
  const detach = attachThreadHost(host);
  openThreadSession(codex, "thread-1", "/session");
  onTestFinished(() => {
    closeThreadSession(codex, "thread-1");
    detach();
  });
  return { turns, turn: new ScriptedTurn(codex, "thread-1", "turn-1", {}) };
}

test.each([
  ["a goal's, if Codex said something first", "agentMessage", false],
  ["another client's, if somebody's words came first", "userMessage", true],
])("it is told again with its next item, and is still %s", (_whose, type, isAnothers) => {
  const { turns, turn } = heardTurns();
  turn.show();
  turn.item({ type, id: "item-1", clientId: null, text: "Hello." });
  turns[0]?.ignore();
  turn.notify("item/started", { turnId: "turn-1", item: { type: "reasoning", id: "item-2" } });
  expect(turns).toHaveLength(2);
  expect(turns[1]?.isAnotherClients()).toBe(isAnothers);
});

test("whoever follows it then hears what came before, too", () => {
  const { turns, turn } = heardTurns();
  turn.show();
  turn.say("First.", "final_answer");
  turns[0]?.ignore();
  turn.notify("item/started", { turnId: "turn-1", item: { type: "reasoning", id: "item-2" } });
  const handleNotification = vi.fn<(notification: { method: string }) => void>();
  turns[1]?.follow({
    takeDelta: () => false,
    handleNotification,
    handleAgent: () => {},
    answer: () => undefined,
    handleClose: () => {},
  });
  expect(handleNotification.mock.calls.map(([{ method }]) => method)).toEqual([
    "turn/started",
    "item/completed",
    "item/started",
  ]);
});
