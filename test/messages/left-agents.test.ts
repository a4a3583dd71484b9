/** Sub-agents that work on after the turn that made them. */
import { expect, onTestFinished, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { stopCodexConversationTurn } from "../../src/messages/control.js";
import { openQuestions } from "../../src/questions/board.js";
import { queuedConversationTurns } from "../../src/messages/queue.js";
import { delegatingTurn } from "../support/conversation/delegating-turn.js";
import { ScriptedTurn } from "../support/conversation/scripted-codex.js";
import { settled, until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const IDLE_MS = 60_000;
const LENGTH_MS = 600_000;

/** A sub-agent whose parent's turn has been answered; from now on time passes only when the test says so. */
async function leftAgent(more: Record<string, unknown> = {}) {
  const turnSettings = { idleTimeoutMs: IDLE_MS, maxDurationMs: LENGTH_MS, ...more };
  const bound = await delegatingTurn({ turn: turnSettings });
  const { codex, chat, sent, turn } = bound;
  const named = { type: "subAgentActivity", id: "a", agentThreadId: "child" };
  turn.item({ ...named, agentPath: "/root/ann" });
  await settled();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const agent = new ScriptedTurn(codex, "child", "child-turn", {});
  agent.notify("turn/started", { turn: { id: "child-turn", rootTurnId: turn.turnId } });
  turn.reply("I left it to ann.");
  await sent.waitFor((text) => text.includes("1 sub-agent is still working: ann."));
  await until(() => queuedConversationTurns(chat.sessionFile) === 0);
  const works = (): void =>
    agent.notify("item/started", { turnId: "child-turn", item: { type: "reasoning", id: "r" } });
  return { ...bound, agent, works };
}

test("a sub-agent that is left at work has its end told", async () => {
  const { sent, agent } = await leftAgent();
  agent.end();
  agent.end();
  await sent.waitFor((text) => text.startsWith("🤖"));
  await settled();
  expect(sent.entries.slice(2)).toEqual([
    "🤖 Sub-agent ann has finished. Ask Codex for the result.",
  ]);
});

test("a sub-agent that ends while the next turn runs has its end told, too", async () => {
  const { codex, sent, say, agent } = await leftAgent();
  await say("And now?");
  const turn = await codex.turn(3);
  turn.show();
  await settled();
  agent.end({ status: "failed" });
  await sent.waitFor((text) => text === "🤖 Sub-agent ann failed. Ask Codex about it.");
  turn.reply("Now this.");
  await sent.waitFor((text) => text === "Now this.");
  expect(sent.entries.filter((text) => text.startsWith("🤖"))).toHaveLength(1);
});

test.each(["item/started", "turn/started"])(
  "a sub-agent that begins with %s after its parent's answer is named there, and its end is told",
  async (method) => {
    const { codex, sent, turn } = await delegatingTurn();
    turn.item({
      type: "subAgentActivity",
      id: "a",
      kind: "started",
      agentThreadId: "child",
      agentPath: "/root/ann",
    });
    turn.reply("I left it to ann.");
    await sent.waitFor((text) => text.startsWith("I left it to ann."));
    expect(sent.entries.at(-1)).toContain("1 sub-agent is still working: ann.");
    const agent = new ScriptedTurn(codex, "child", "child-turn", {});
    const began = { id: "child-turn", rootTurnId: turn.turnId };
    agent.notify(
      method,
      method === "turn/started"
        ? { turn: began }
        : { turnId: "child-turn", item: { type: "reasoning", id: "r" } },
    );
    agent.end();
    await sent.waitFor((text) => text.startsWith("🤖"));
    expect(sent.entries.at(-1)).toBe("🤖 Sub-agent ann has finished. Ask Codex for the result.");
  },
);

test.each([
  ["second", { type: "subAgentActivity", kind: "started", agentThreadId: "child" }],
  [
    "first",
    {
      type: "collabAgentToolCall",
      tool: "spawnAgent",
      receiverThreadIds: ["child"],
      agentsStates: { child: { status: "pendingInit", message: null } },
    },
  ],
])(
  "a sub-agent of the %s generation that is named after its end is not at work",
  async (_, item) => {
    const { codex, sent, turn } = await delegatingTurn();
    const agent = new ScriptedTurn(codex, "child", "child-turn", {});
    agent.notify("turn/started", { turn: { id: "child-turn", rootTurnId: turn.turnId } });
    agent.end();
    turn.item({ id: "a", ...item });
    turn.reply("Done.");
    await sent.waitFor((text) => text.startsWith("Done."));
    expect(sent.entries.at(-1)).toBe("Done.");
  },
);

test("a sub-agent that never begins is given up after the silence of a turn", async () => {
  const { chat, sent, turn } = await delegatingTurn({ turn: { idleTimeoutMs: IDLE_MS } });
  const item = { type: "subAgentActivity", id: "a", kind: "started", agentThreadId: "child" };
  turn.item({ ...item, agentPath: "/root/ann" });
  await settled();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  turn.reply("I left it to ann.");
  await until(() => queuedConversationTurns(chat.sessionFile) === 0);
  await vi.advanceTimersByTimeAsync(IDLE_MS + 1000);
  await sent.waitFor((text) => text.startsWith("🤖"));
  expect(sent.entries.at(-1)).toMatch(/ann was stopped: nothing came from it/);
});

test("a sub-agent that ends with its parent's turn is not told of", async () => {
  const { codex, sent, turn } = await delegatingTurn();
  turn.item({ type: "subAgentActivity", id: "a", agentThreadId: "child", agentPath: "/root/ann" });
  const agent = new ScriptedTurn(codex, "child", "child-turn", {});
  agent.notify("turn/started", { turn: { id: "child-turn", rootTurnId: turn.turnId } });
  agent.end();
  turn.reply("Done.");
  await sent.waitFor((text) => text === "Done.");
  await settled();
  expect(sent.entries).toEqual(["Hello.", "Done."]);
});

test("a sub-agent that falls silent is stopped, with its commands, and the chat is told", async () => {
  const { codex, sent, works } = await leftAgent();
  await vi.advanceTimersByTimeAsync(IDLE_MS - 1000);
  works();
  await vi.advanceTimersByTimeAsync(IDLE_MS - 1000);
  expect(codex.of("turn/interrupt")).toEqual([]);
  await vi.advanceTimersByTimeAsync(2000);
  await codex.called("thread/backgroundTerminals/clean");
  expect(codex.only("turn/interrupt").params).toEqual({ threadId: "child", turnId: "child-turn" });
  await sent.waitFor((text) => text.startsWith("🤖"));
  expect(sent.entries.at(-1)).toBe(
    "🤖 Sub-agent ann was stopped: nothing came from it for 1 minute (setting turn.idleTimeoutMs).",
  );
});

test("a sub-agent behind whose command something works is not silent", async () => {
  const { codex, agent } = await leftAgent();
  const item = { type: "commandExecution", id: "c", command: "make", status: "inProgress" };
  agent.notify("item/started", { turnId: "child-turn", item });
  await vi.advanceTimersByTimeAsync(3 * IDLE_MS);
  expect(codex.of("turn/interrupt")).toEqual([]);
});

test("a sub-agent for which a person is asked is not silent", async () => {
  const { codex, chat, agent } = await leftAgent();
  void codex.ask("item/commandExecution/requestApproval", {
    threadId: "child",
    turnId: agent.turnId,
    itemId: "item-1",
    command: "npm publish",
  });
  await until(() => openQuestions(chat.sessionFile).length === 1);
  await vi.advanceTimersByTimeAsync(3 * IDLE_MS);
  expect(codex.of("turn/interrupt")).toEqual([]);
});

test("a sub-agent is stopped after the length of a turn, however lively it is", async () => {
  const { codex, sent, works } = await leftAgent();
  for (let passed = 0; passed < LENGTH_MS; passed += IDLE_MS / 2) {
    works();
    // oxlint-disable-next-line no-await-in-loop
    await vi.advanceTimersByTimeAsync(IDLE_MS / 2);
  }
  await codex.called("turn/interrupt");
  await sent.waitFor((text) => text.startsWith("🤖"));
  expect(sent.entries.at(-1)).toMatch(/ann was stopped: still at work after 10 minutes/);
});

test("a sub-agent that the person stops has that told once", async () => {
  const { chat, codex, sent, agent } = await leftAgent();
  await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
  await codex.called("turn/interrupt");
  agent.end({ status: "interrupted" });
  await sent.waitFor((text) => text.startsWith("🤖"));
  await vi.advanceTimersByTimeAsync(2 * LENGTH_MS);
  expect(sent.entries.slice(2)).toEqual(["🤖 Sub-agent ann was stopped."]);
});

test("a sub-agent whose process ends has that told", async () => {
  const { codex, sent } = await leftAgent();
  codex.close(new CodexLocalError("CONNECTION_CLOSED", "The Codex app-server ended."));
  await sent.waitFor((text) => text.startsWith("🤖"));
  expect(sent.entries.at(-1)).toBe(
    "🤖 Sub-agent ann was cut off: the Codex process ended. Ask Codex to continue the work.",
  );
});

test("a sub-agent ends with the gateway without a word", async () => {
  const { codex, messages, sent } = await leftAgent();
  await messages.stop();
  codex.close(new CodexLocalError("CONNECTION_CLOSED", "The gateway ends."));
  await vi.advanceTimersByTimeAsync(2 * LENGTH_MS);
  expect(sent.entries.filter((text) => text.startsWith("🤖"))).toEqual([]);
  expect(codex.of("turn/interrupt")).toEqual([]);
});
