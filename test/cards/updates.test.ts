/** Cards that follow what happens in their chats. */
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { CardUpdates } from "../../src/cards/updates.js";
import { noteBoundConversation } from "../../src/host/bound-conversation.js";
import { trackCodexConversationActiveTurn } from "../../src/thread/active-turns.js";
import { updateCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { boundCommands } from "../support/conversation/commands.js";
import { until } from "../support/conversation/settled.js";
import { cardChat } from "./card-chat.js";
import { gateway } from "./gateway-calls.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock("openclaw/plugin-sdk/agent-harness-runtime", () => import("./gateway-calls.js"));

afterEach(() => {
  gateway.calls = [];
  vi.useRealTimers();
});

/** A card in a bound chat, followed; its timers are the test's. */
async function followed() {
  const all = await boundCommands({ model: "gpt-x" });
  const { chat, host } = all;
  await noteBoundConversation(chat.sessionFile, {
    conversation: { channel: "telegram", accountId: "default", conversationId: "telegram:7" },
  });
  const cards = cardChat(all, gateway);
  const updates = new CardUpdates(host.api);
  updates.start();
  onTestFinished(() => updates.stop());
  const card = await cards.show();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const edited = (count: number): Promise<void> => until(() => cards.edits().length >= count);
  return { ...all, ...cards, updates, card, edited };
}

describe("a card", () => {
  test("changes once for what happens together", async () => {
    const { chat, edits, edited } = await followed();
    const { sessionFile } = chat;
    const turn = { sessionFile, threadId: "thread-1", turnId: "turn-1" };
    await updateCodexAppServerBinding(sessionFile, { model: "gpt-y" });
    const end = trackCodexConversationActiveTurn(turn);
    vi.advanceTimersByTime(3000);
    await edited(1);
    expect(edits().map(({ text }) => text)).toEqual([
      expect.stringMatching(/Model: gpt-y\n[^]*▶ Working/),
    ]);
    end();
    vi.advanceTimersByTime(3000);
    await edited(2);
    expect(edits().at(-1)?.text).toContain("Nothing is running.");
  });

  test("that shows a picker stays as it is, since somebody is choosing", async () => {
    const { chat, card, edits } = await followed();
    await card.press("Permissions");
    await updateCodexAppServerBinding(chat.sessionFile, { model: "gpt-y" });
    expect(vi.getTimerCount()).toBe(0);
    expect(edits()).toHaveLength(1);
  });

  test("is not changed for a chat that another card was shown in since", async () => {
    const { chat, show, edits, edited } = await followed();
    await show();
    await updateCodexAppServerBinding(chat.sessionFile, { model: "gpt-y" });
    vi.advanceTimersByTime(3000);
    await edited(1);
    expect(edits()).toHaveLength(1);
  });

  test("leaves no timer behind when the plugin stops", async () => {
    const { chat, updates } = await followed();
    await updateCodexAppServerBinding(chat.sessionFile, { model: "gpt-y" });
    expect(vi.getTimerCount()).toBe(1);
    updates.stop();
    expect(vi.getTimerCount()).toBe(0);
    await updateCodexAppServerBinding(chat.sessionFile, { model: "gpt-z" });
    expect(vi.getTimerCount()).toBe(0);
  });
});
