/** The button below a note that a message waits. */
import { expect, test } from "vitest";
import { enqueueConversationTurn } from "../../src/messages/queue.js";
import { registerWaitingButtons, waitingButtons } from "../../src/messages/waiting-buttons.js";
import { Clicks } from "../support/conversation/clicks.js";
import { CHAT } from "../support/conversation/questions.js";

const ID = "0189aaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

const clicks = (): Clicks => new Clicks(registerWaitingButtons);

/** What is said to whoever clicks. */
async function click(payload: string): Promise<string[]> {
  return (await clicks().click(payload)).said;
}

/** A message that waits behind a turn. */
function waiting(steer: () => Promise<boolean>) {
  const running = Promise.withResolvers<void>();
  const turn = enqueueConversationTurn("chat", () => running.promise);
  const message = enqueueConversationTurn("chat", async () => "its own turn", {
    id: ID,
    label: "hi",
    steer,
  });
  waitingButtons(ID, CHAT);
  return {
    message,
    end: async () => {
      running.resolve();
      await turn;
    },
  };
}

test("carries the message's id in no more than Telegram takes: 64 bytes", () => {
  const [button, ...more] = waitingButtons(ID, CHAT);
  expect(more).toEqual([]);
  expect(button?.value).toBe(`${clicks().namespace}:${ID}`);
  // The host puts some of its own before it.
  expect(Buffer.byteLength(button?.value ?? "")).toBeLessThanOrEqual(52);
});

test("gives the message to the running turn, once", async () => {
  const { message, end } = waiting(async () => true);
  message.catch(() => undefined);
  expect(await click(ID)).toEqual(["Sent to the running Codex turn."]);
  expect(await click(ID)).toEqual(["That message is no longer waiting."]);
  await expect(message).rejects.toThrow("taken the message");
  await end();
});

test("says so where the running turn does not take it; the message keeps its place", async () => {
  const { message, end } = waiting(async () => false);
  expect(await click(ID)).toEqual([expect.stringContaining("keeps its place")]);
  await end();
  expect(await message).toBe("its own turn");
});

test("says what went wrong", async () => {
  const { message, end } = waiting(() => Promise.reject(new Error("no answer")));
  message.catch(() => undefined);
  expect(await click(ID)).toEqual([expect.stringMatching(/steer failed: no answer/)]);
  await expect(message).rejects.toThrow("no answer");
  await end();
});

test.each([
  { what: "another chat", from: { chatId: "8" } },
  { what: "another account's chat", from: { more: { accountId: "work" } } },
])("a click from $what gives nothing to any turn", async ({ from }) => {
  const { message, end } = waiting(() => Promise.reject(new Error("steered")));
  const { said } = await clicks().click(ID, from);
  expect(said).toEqual(["That message is no longer waiting."]);
  await end();
  expect(await message).toBe("its own turn");
});
