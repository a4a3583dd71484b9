/** A stop that comes while a turn is still being prepared. */
import { expect, test, vi } from "vitest";
import { CodexLocalError } from "../../src/app-server/errors.js";
import { stopCodexConversationTurn } from "../../src/messages/control.js";
import { boundCommands } from "../support/conversation/commands.js";
import { conversation } from "../support/conversation/conversation.js";
import { refuse, type Answer } from "../support/conversation/scripted-codex.js";
import { settled } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const NOT_BEGUN = "Codex was stopped before it started on this message.";
const STOPPED = {
  stopped: true,
  message: "Codex stop requested. The turn had not begun yet.",
};

/** A message whose preparation waits for the answer to `method`. */
async function preparing(method: string) {
  const { codex, chat } = await conversation();
  await chat.bind();
  const answered = Promise.withResolvers<Answer>();
  codex.answerOnce(method, async (params) => (await answered.promise)(params));
  const reply = chat.say("hi");
  await codex.called(method);
  return { codex, chat, reply, answer: answered.resolve };
}

const account: Answer = () => ({ account: null, requiresOpenaiAuth: false });
const thread: Answer = ({ threadId }) => ({ thread: { id: threadId }, cwd: "/repo" });

test.each([
  { step: "its account is asked for", method: "account/read", answer: account },
  { step: "its thread is resumed", method: "thread/resume", answer: thread },
  {
    step: "its thread turns out to be gone",
    method: "thread/resume",
    answer: refuse("no rollout found for thread id thread-1"),
  },
])("while $step keeps the turn from beginning", async ({ method, answer }) => {
  const { codex, chat, reply, answer: go } = await preparing(method);
  expect(await stopCodexConversationTurn({ sessionFile: chat.sessionFile })).toEqual(STOPPED);
  go(answer);
  expect(await reply).toBe(NOT_BEGUN);
  expect(codex.of("turn/start")).toEqual([]);
  expect(codex.of("thread/start")).toEqual([]);
  expect(codex.handlers).toBe(0);
});

test("leaves the messages behind it alone, and nothing to stop once it is over", async () => {
  const { codex, chat, reply, answer } = await preparing("thread/resume");
  const next = chat.say("two");
  await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
  codex.repliesWith(() => "Two.");
  codex.loaded.add("thread-1");
  answer(thread);
  expect(await reply).toBe(NOT_BEGUN);
  expect(await next).toBe("Two.");
  expect(await stopCodexConversationTurn({ sessionFile: chat.sessionFile })).toMatchObject({
    stopped: false,
  });
});

test("while Codex takes the turn has it interrupted as soon as it shows", async () => {
  const { codex, chat, reply, answer } = await preparing("turn/start");
  await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
  expect(codex.of("turn/interrupt")).toEqual([]);
  answer(() => ({ turn: { id: "turn-1" } }));
  await settled();
  const ids = { threadId: "thread-1", turn: { id: "turn-1" } };
  codex.notify({ method: "turn/started", params: ids });
  expect((await codex.called("turn/interrupt")).params).toMatchObject({ turnId: "turn-1" });
  const turn = { id: "turn-1", status: "interrupted", items: [] };
  codex.notify({ method: "turn/completed", params: { threadId: "thread-1", turn } });
  expect(await reply).toBe("Codex was stopped.");
});

test("while Codex takes the turn and says nothing is told as the stop that it is", async () => {
  const { chat, reply, answer } = await preparing("turn/start");
  await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
  answer(() => {
    throw new CodexLocalError("REQUEST_TIMEOUT", "Codex did not answer turn/start within 60 s.");
  });
  expect(await reply).toBe("Codex was stopped.");
});

test("a failure of the preparation is told all the same", async () => {
  const { chat, reply, answer } = await preparing("account/read");
  await stopCodexConversationTurn({ sessionFile: chat.sessionFile });
  answer(() => ({ account: null, requiresOpenaiAuth: true }));
  expect(await reply).toMatch(/not signed in/);
});

test("a detach keeps the turn from beginning too", async () => {
  const { codex, chat, say } = await boundCommands();
  const resumed = Promise.withResolvers<unknown>();
  codex.answer("thread/resume", () => resumed.promise);
  const reply = chat.say("hi");
  await codex.called("thread/resume");
  expect(await say("detach")).toMatch(/is being stopped/);
  resumed.resolve({ thread: { id: "thread-1" } });
  expect(await reply).toBe(NOT_BEGUN);
  expect(codex.of("turn/start")).toEqual([]);
});
