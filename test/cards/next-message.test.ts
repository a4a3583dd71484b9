/** What a person types after Steer: for the running turn, or asked beside it; once, and for that turn only. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";
import { claimInboundMessage } from "../../src/inbound-claim.js";
import { trackCodexConversationActiveTurn } from "../../src/thread/active-turns.js";
import { hostBinding, message } from "../support/conversation/chat.js";
import { boundCommands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);
vi.mock(
  "openclaw/plugin-sdk/conversation-runtime",
  () => import("../support/conversation/host-bindings.js"),
);

/** A chat without buttons whose turn runs: the numbers of a list are its buttons. */
async function withTurn() {
  const all = await boundCommands();
  const { host, chat } = all;
  host.channelConfig = { telegram: { capabilities: { inlineButtons: "off" } } };
  host.channels.set("telegram", {});
  const messages = messagesOn(host);
  const accepted = vi.spyOn(messages, "accept").mockResolvedValue();
  const { sessionFile } = chat.data;
  const turn = { sessionFile, threadId: "thread-1" };
  const first = trackCodexConversationActiveTurn({ ...turn, turnId: "turn-1" });
  onTestFinished(first);
  const type = async (
    text: string,
    senderId = "7",
    more: Partial<PluginHookInboundClaimEvent> = {},
  ): Promise<string | undefined> => {
    const metadata = { originatingTo: "telegram:7", from: "telegram:7" };
    const event = message(text, { senderId, metadata, ...more });
    const ctx = { channelId: "telegram", pluginBinding: hostBinding(chat.data) };
    return (await claimInboundMessage(host.api, messages, event, ctx))?.reply?.text;
  };
  /** Chooses what reads so from the list that stands there. */
  const choose = async (list: string, label: string): Promise<string> => {
    const number = new RegExp(`^(\\d+) {2}${label}$`, "m").exec(list)?.[1];
    if (number === undefined) throw new Error(`no ${label} in ${list}`);
    return all.say(number, { senderId: "7" });
  };
  const steerCard = async (): Promise<string> =>
    choose(await all.say("", { senderId: "7" }), "Steer");
  const otherTurn = (): void => {
    first();
    onTestFinished(trackCodexConversationActiveTurn({ ...turn, turnId: "turn-2" }));
  };
  return { ...all, type, choose, steerCard, accepted, otherTurn };
}

describe("the next message", () => {
  test("goes to the running turn, and the one after it is a message again", async () => {
    const { type, choose, steerCard, codex, accepted } = await withTurn();
    expect(await choose(await steerCard(), "Send my next message to it")).toContain(
      "Your next message goes to the running turn.",
    );
    expect(await type("use tabs")).toBe("Sent to the running Codex turn.");
    expect(codex.only("turn/steer").params).toMatchObject({ expectedTurnId: "turn-1" });
    await type("thanks");
    expect(accepted).toHaveBeenCalledTimes(1);
  });

  test("is asked beside the running turn", async () => {
    const { type, choose, steerCard, codex, accepted } = await withTurn();
    codex.answer("thread/sample", () => ({ text: "Half done." }));
    expect(await choose(await steerCard(), "Ask my next message on the side")).toContain(
      "Your next message is a side question.",
    );
    expect(await type("how far are you?")).toMatch(/^Asked on the side\./);
    expect(codex.only("thread/sample").params).toMatchObject({
      expectedTurnId: "turn-1",
      prompt: "how far are you?",
    });
    expect(codex.of("turn/steer")).toEqual([]);
    expect(accepted).not.toHaveBeenCalled();
  });

  test("is not asked on the side if it brings a file, which the chat is told", async () => {
    const { type, choose, steerCard, codex, accepted } = await withTurn();
    await choose(await steerCard(), "Ask my next message on the side");
    const media = [{ path: "/in/a.png", contentType: "image/png" }];
    expect(await type("what is this?", "7", { media })).toMatch(
      /^A side question cannot have files/,
    );
    expect(accepted).not.toHaveBeenCalled();
    expect(codex.of("thread/sample")).toEqual([]);
  });

  test.each(["Send my next message to it", "Ask my next message on the side"])(
    "is one like any other once another button was pressed: %s",
    async (label) => {
      const { type, choose, steerCard, codex, accepted } = await withTurn();
      expect(await choose(await steerCard(), label)).toContain("Press any button to cancel.");
      await steerCard();
      await type("use tabs");
      expect(accepted).toHaveBeenCalledTimes(1);
      expect([...codex.of("turn/steer"), ...codex.of("thread/sample")]).toEqual([]);
    },
  );

  test.each(["Send my next message to it", "Ask my next message on the side"])(
    "of somebody else, or once another turn runs, is one like any other: %s",
    async (label) => {
      const { type, choose, steerCard, otherTurn, codex, accepted } = await withTurn();
      await choose(await steerCard(), label);
      await type("me too", "8");
      expect(accepted).toHaveBeenCalledTimes(1);
      otherTurn();
      await type("use tabs");
      expect(accepted).toHaveBeenCalledTimes(2);
      expect([...codex.of("turn/steer"), ...codex.of("thread/sample")]).toEqual([]);
    },
  );
});
