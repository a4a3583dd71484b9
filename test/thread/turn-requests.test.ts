import { expect, test, vi } from "vitest";
import { conversation } from "../support/conversation/conversation.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

/** What Codex is told when it asks this during a turn of `thread-1`. */
async function answersTo(method: string, params: Record<string, unknown>): Promise<unknown[]> {
  const { codex, chat } = await conversation();
  await chat.bind();
  const reply = chat.say("hi");
  const turn = await codex.turn();
  const answers = await codex.ask(method, params);
  turn.reply("Hello.");
  await reply;
  return answers;
}

const table = [
  {
    method: "item/tool/call",
    answer: {
      success: false,
      contentItems: [{ type: "inputText", text: expect.stringMatching(/not offered/) }],
    },
  },
  { method: "item/commandExecution/requestApproval", answer: { decision: "decline" } },
  { method: "item/fileChange/requestApproval", answer: { decision: "decline" } },
  { method: "item/permissions/requestApproval", answer: { permissions: {}, scope: "turn" } },
  { method: "item/tool/requestUserInput", answer: { answers: {} } },
  { method: "mcpServer/elicitation/request", answer: { action: "decline", content: null } },
];
const legacy = ["execCommandApproval", "applyPatchApproval"];

test.each(table)("$method of the turn's thread is answered safely", async ({ method, answer }) => {
  expect(await answersTo(method, { threadId: "thread-1", turnId: "turn-1" })).toEqual([answer]);
});

test.each(table)("$method of another thread is left alone", async ({ method }) => {
  expect(await answersTo(method, { threadId: "thread-2", turnId: "turn-1" })).toEqual([undefined]);
});

test.each(legacy)(
  "%s, which names its thread otherwise, is denied for this thread only",
  async (method) => {
    expect(await answersTo(method, { conversationId: "thread-1" })).toEqual([
      { decision: "denied" },
    ]);
    expect(await answersTo(method, { conversationId: "thread-2" })).toEqual([undefined]);
  },
);

test("the time is told in whole seconds", async () => {
  const before = Math.floor(Date.now() / 1000);
  const [answer] = await answersTo("currentTime/read", { threadId: "thread-1" });
  expect(answer).toEqual({ currentTimeAt: expect.any(Number) });
  const { currentTimeAt } = Object(answer);
  expect(Number.isInteger(currentTimeAt)).toBe(true);
  expect(currentTimeAt).toBeGreaterThanOrEqual(before);
  expect(currentTimeAt).toBeLessThanOrEqual(Date.now() / 1000);
});

test.each([{ threadId: "thread-1" }, {}])(
  "a method that is not known is left to the connection, which refuses it: %o",
  async (params) => {
    expect(await answersTo("item/novelty/request", params)).toEqual([undefined]);
  },
);

test("two turns at once: each thread's request gets one answer", async () => {
  const { codex, chat } = await conversation();
  const other = chat.other("other");
  await chat.bind({ threadId: "thread-1" });
  await other.bind({ threadId: "thread-2" });
  const replies = [chat.say("one"), other.say("two")];
  await codex.turn(2);
  const answers = await codex.ask("item/fileChange/requestApproval", { threadId: "thread-2" });
  expect(answers.filter((answer) => answer !== undefined)).toEqual([{ decision: "decline" }]);
  for (const turn of codex.turns) turn.reply("Hello.");
  await Promise.all(replies);
});
