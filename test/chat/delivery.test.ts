import { describe, expect, test } from "vitest";
import {
  canDeliver,
  deliverReply,
  replyAddressOf,
  type ReplyAddress,
} from "../../src/chat/delivery.js";
import { message } from "../support/conversation/chat.js";
import { ScriptedHost, type Channel } from "../support/conversation/host.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

/** A host whose Telegram is this channel. */
async function hostWith(channel: Channel = {}): Promise<ScriptedHost> {
  const host = new ScriptedHost(await temporaryFolder());
  host.channels.set("telegram", channel);
  return host;
}

/** Sends a reply, or what is left of it, to nobody's notice. */
function deliver(host: ScriptedHost, address: ReplyAddress, text: string, skip = 0): Promise<void> {
  return deliverReply(host.api, address, text, { skip, onSent: async () => {} });
}

const ADDRESS = { channel: "telegram", to: "telegram:7" };
const textsOf = (host: ScriptedHost): string[] => host.sent.map(({ text }) => text);
const halves = (text: string, limit: number): string[] =>
  Array.from({ length: Math.ceil(text.length / limit) }, (_, index) =>
    text.slice(index * limit, (index + 1) * limit),
  );

describe("the address of a message's replies", () => {
  test("is where the message came from: chat, account and topic", () => {
    const event = message("hi", {
      accountId: "second",
      threadId: 55,
      metadata: { originatingTo: "telegram:-100" },
    });
    expect(replyAddressOf(event)).toEqual({
      channel: "telegram",
      to: "telegram:-100",
      accountId: "second",
      threadId: 55,
    });
  });

  test("names neither account nor topic where the message has none", () => {
    const { accountId: _, ...event } = message("hi", {
      metadata: { originatingTo: "telegram:7" },
    });
    expect(replyAddressOf(event)).toEqual(ADDRESS);
  });

  test.each([
    {},
    { metadata: {} },
    { metadata: { originatingTo: "" } },
    { metadata: { originatingTo: " " } },
  ])("is unknown where the host names no recipient: %o", (more) => {
    expect(replyAddressOf(message("hi", more))).toBeUndefined();
  });
});

describe("a channel can be written to", () => {
  test("where its adapter sends texts, and else not", async () => {
    const host = await hostWith();
    host.channels.set("reply-only", { writable: false });
    expect(await canDeliver(host.api, "telegram")).toBe(true);
    expect(await canDeliver(host.api, "reply-only")).toBe(false);
    expect(await canDeliver(host.api, "unknown")).toBe(false);
  });
});

describe("a reply", () => {
  test("goes to its chat, account and topic, with the host's configuration", async () => {
    const host = await hostWith();
    await deliver(host, { ...ADDRESS, accountId: "second", threadId: 55 }, "Hello.");
    expect(host.sent).toEqual([
      {
        to: "telegram:7",
        text: "Hello.",
        accountId: "second",
        threadId: 55,
        cfg: host.api.runtime.config.current(),
      },
    ]);
  });

  test("without account and topic names none", async () => {
    const host = await hostWith();
    await deliver(host, ADDRESS, "Hello.");
    expect(host.sent).toMatchObject([{ accountId: null, threadId: null }]);
  });

  test("of just the channel's length is one message; a longer one is cut by the channel's own rule", async () => {
    const host = await hostWith({ textChunkLimit: 10, chunker: halves });
    await deliver(host, ADDRESS, "x".repeat(10));
    await deliver(host, ADDRESS, "0123456789abcdefghijKLM");
    expect(textsOf(host)).toEqual(["x".repeat(10), "0123456789", "abcdefghij", "KLM"]);
  });

  test("is cut at the length that holds for the account", async () => {
    const host = await hostWith({
      textChunkLimit: 10,
      chunker: halves,
      resolveEffectiveTextChunkLimit: ({ fallbackLimit, accountId }) =>
        accountId === "second" ? 4 : (fallbackLimit ?? 0),
    });
    await deliver(host, { ...ADDRESS, accountId: "second" }, "01234567");
    await deliver(host, ADDRESS, "0123456789");
    expect(textsOf(host)).toEqual(["0123", "4567", "0123456789"]);
  });

  test("is cut at 4000 characters, by the host's rule, where the channel has none", async () => {
    const host = await hostWith();
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
    await deliver(host, ADDRESS, lines.join("\n"));
    expect(host.sent.length).toBeGreaterThan(1);
    for (const text of textsOf(host)) expect(text.length).toBeLessThanOrEqual(4000);
    expect(textsOf(host).join("\n").split(/\n+/)).toEqual(lines);
  });

  test("is sent part by part, in order, and never as an empty message", async () => {
    const host = await hostWith({
      textChunkLimit: 3,
      chunker: () => ["one", " \n", "two", "", "three"],
    });
    await deliver(host, ADDRESS, "one two three");
    expect(textsOf(host)).toEqual(["one", "two", "three"]);
  });

  test("that was sent in part goes on where it stopped", async () => {
    const host = await hostWith({ textChunkLimit: 2, chunker: halves });
    await deliver(host, ADDRESS, "aabbcc", 1);
    expect(textsOf(host)).toEqual(["bb", "cc"]);
  });

  test("tells how much of it has been sent while there is more to come", async () => {
    const host = await hostWith({ textChunkLimit: 2, chunker: halves });
    const progress: string[] = [];
    const onSent = async (sent: number): Promise<void> => {
      progress.push(`${sent} after ${textsOf(host).join()}`);
    };
    await deliverReply(host.api, ADDRESS, "aabbcc", { skip: 0, onSent });
    await deliverReply(host.api, ADDRESS, "dd", { skip: 0, onSent });
    expect(progress).toEqual(["1 after aa", "2 after aa,bb"]);
  });

  test("that the channel refuses fails with the channel's error", async () => {
    const host = await hostWith({ failure: new Error("chat not found") });
    await expect(deliver(host, ADDRESS, "Hello.")).rejects.toThrow("chat not found");
  });

  test.each([{ channel: "unknown" }, { channel: "reply-only" }])(
    "to a channel that cannot be written to fails: $channel",
    async ({ channel }) => {
      const host = await hostWith();
      host.channels.set("reply-only", { writable: false });
      await expect(deliver(host, { ...ADDRESS, channel }, "Hello.")).rejects.toThrow(channel);
    },
  );
});
