import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  canDeliver,
  messagesOf,
  replyAddressOf,
  sendText,
  unsentSince010,
} from "../../src/chat/delivery.js";
import { partsOf, sendMessage } from "../../src/chat/outgoing-message.js";
import { SendTimeoutError } from "../../src/chat/send-failure.js";
import { message as incoming } from "../support/conversation/chat.js";
import { ScriptedHost, type Channel } from "../support/conversation/host.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

/** A host whose Telegram is this channel. */
async function hostWith(channel: Channel = {}): Promise<ScriptedHost> {
  const host = new ScriptedHost(await temporaryFolder());
  host.channels.set("telegram", channel);
  return host;
}

const ADDRESS = { channel: "telegram", to: "telegram:7" };
describe("the address of a message's replies", () => {
  test("is where the message came from: chat, account and topic", () => {
    const event = incoming("hi", {
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
    const { accountId: _, ...event } = incoming("hi", {
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
    expect(replyAddressOf(incoming("hi", more))).toBeUndefined();
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

describe("a message", () => {
  test("goes to its chat, account and topic, with the host's configuration", async () => {
    const host = await hostWith();
    await sendText(host.api, { ...ADDRESS, accountId: "second", threadId: 55 }, "Hello.");
    expect(host.sent).toMatchObject([
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
    await sendText(host.api, ADDRESS, "Hello.");
    expect(host.sent).toMatchObject([{ accountId: null, threadId: null }]);
  });

  test("that the channel refuses fails with the channel's error", async () => {
    const host = await hostWith({ failure: new Error("chat not found") });
    await expect(sendText(host.api, ADDRESS, "Hello.")).rejects.toThrow("chat not found");
  });

  test.each([{ channel: "unknown" }, { channel: "reply-only" }])(
    "to a channel that cannot be written to fails: $channel",
    async ({ channel }) => {
      const host = await hostWith();
      host.channels.set("reply-only", { writable: false });
      await expect(sendText(host.api, { ...ADDRESS, channel }, "Hello.")).rejects.toThrow(channel);
    },
  );

  test("that its channel never answers is given up after a while, and taken out of the line there", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    let signal: AbortSignal | undefined;
    const host = await hostWith({
      onSend: (sent) => {
        signal = sent.signal;
        return new Promise(() => {});
      },
    });
    const sending = sendText(host.api, ADDRESS, "Hello.");
    const failure = sending.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(149_999);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await failure).toBeInstanceOf(SendTimeoutError);
    expect(signal?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the messages of a text", () => {
  test("are one where it fits", async () => {
    const host = await hostWith({ textChunkLimit: 100 });
    expect(await messagesOf(host.api, ADDRESS, "x".repeat(95))).toEqual(["x".repeat(95)]);
  });

  test("are no longer than what holds for the account", async () => {
    const host = await hostWith({
      textChunkLimit: 1000,
      resolveEffectiveTextChunkLimit: ({ fallbackLimit, accountId }) =>
        accountId === "second" ? 400 : (fallbackLimit ?? 0),
    });
    const text = "word ".repeat(300);
    const lengths = async (accountId: string): Promise<number> =>
      Math.max(
        ...(await messagesOf(host.api, { ...ADDRESS, accountId }, text)).map(
          ({ length }) => length,
        ),
      );
    expect(await lengths("second")).toBeLessThanOrEqual(400);
    expect(await lengths("first")).toBeGreaterThan(400);
  });

  test("are no longer than 4000 characters where the channel has no limit of its own", async () => {
    const host = await hostWith();
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
    const messages = await messagesOf(host.api, ADDRESS, lines.join("\n"));
    expect(messages.length).toBeGreaterThan(1);
    for (const message of messages) expect(message.length).toBeLessThanOrEqual(4000);
    expect(messages.join("\n").split("\n")).toEqual(lines);
  });

  test("are short enough for Telegram once their characters are written as HTML", async () => {
    const host = await hostWith();
    const text = `\`\`\`\n${"if (a < 1 && b > 1) run();\n".repeat(200)}\`\`\``;
    const messages = await messagesOf(host.api, ADDRESS, text);
    for (const message of messages) {
      const html = message.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
      expect(html.length).toBeLessThanOrEqual(4000);
    }
  });

  test("have no more lines than Discord puts into one, of the account or of all", async () => {
    const host = await hostWith();
    const ctxs: unknown[] = [];
    host.channels.set("discord", {
      textChunkLimit: 2000,
      chunker: (text, _limit, ctx) => {
        ctxs.push(ctx);
        return [text];
      },
    });
    const code = Array.from(
      { length: 60 },
      (_, index) => `export const v${index} = run(${index});`,
    );
    const text = `\`\`\`ts\n${code.join("\n")}\n\`\`\``;
    const lines = async (accountId?: string): Promise<number> => {
      const address = { channel: "discord", to: "channel:1", accountId };
      const messages = await messagesOf(host.api, address, text);
      const shown = messages
        .flatMap((message) => message.split("\n"))
        .filter((l) => !l.startsWith("```"));
      expect(shown).toEqual(code);
      return Math.max(...messages.map((message) => message.split("\n").length));
    };
    expect(await lines()).toBeLessThanOrEqual(17);
    expect(ctxs.at(-1)).toEqual({ formatting: { maxLinesPerMessage: 17 } });
    host.channelConfig = {
      discord: { maxLinesPerMessage: 30, accounts: { a: { maxLinesPerMessage: 5 } } },
    };
    expect(await lines()).toBeGreaterThan(17);
    expect(await lines("a")).toBeLessThanOrEqual(5);
  });

  test("are split further by a channel that counts in its own way, and none of them is blank", async () => {
    const host = await hostWith({
      chunker: (text) => [text.slice(0, 2), " \n", text.slice(2), ""],
    });
    expect(await messagesOf(host.api, ADDRESS, "abcd")).toEqual(["ab", "cd"]);
  });

  test("ring nobody", async () => {
    const host = await hostWith();
    const [message] = await messagesOf(host.api, ADDRESS, "@everyone: see `@everyone`");
    expect(message).toBe("@\u2060everyone: see `@everyone`");
  });

  test("show the files that they link to", async () => {
    const host = await hostWith({});
    const [message] = await messagesOf(host.api, ADDRESS, "Fixed in [a.ts](/repo/src/a.ts:3).");
    expect(message).toBe("Fixed in `a.ts:3`.");
  });
});

test("what version 0.1.0 had sent of an answer is counted as it split it", async () => {
  const text = "aaaa bbbb cccc";
  const host = await hostWith({ textChunkLimit: 5, chunker: (whole) => whole.split(" ") });
  expect(await unsentSince010(host.api, ADDRESS, text, 1)).toEqual(["bbbb", "cccc"]);
  expect(await unsentSince010(host.api, ADDRESS, "aaaa", 0)).toEqual(["aaaa"]);
});

describe("an answer", () => {
  const LONG = "word ".repeat(8000);

  test("of a few messages is sent as such", async () => {
    const host = await hostWith({ sendMedia: async () => {} });
    const parts = await partsOf(host.api, ADDRESS, "word ".repeat(2000), { filesToo: true });
    expect(parts.every((part) => "text" in part)).toBe(true);
  });

  test("that would be too many messages is its beginning and a file", async () => {
    const host = await hostWith({ sendMedia: async () => {} });
    const parts = await partsOf(host.api, ADDRESS, LONG, { filesToo: true });
    expect(parts).toEqual([
      { text: expect.stringMatching(/^word [^]*The whole answer follows as answer\.md/) },
      { document: { name: "answer.md", text: LONG } },
    ]);
  });

  test("that begins with a long blank is that file, and no word of it is lost", async () => {
    const host = await hostWith({ sendMedia: async () => {} });
    const text = `${"\n".repeat(40_000)}word`;
    expect(await partsOf(host.api, ADDRESS, text, { filesToo: true })).toEqual([
      { text: expect.stringMatching(/^The whole answer follows as answer\.md/) },
      { document: { name: "answer.md", text } },
    ]);
  });

  test.each([
    { title: "on a channel without files", channel: {}, filesToo: true },
    { title: "where it has to be text", channel: { sendMedia: async () => {} }, filesToo: false },
    {
      title: "on a channel that sends files of public servers only",
      channel: { sendMedia: async () => {} },
      filesToo: true,
      address: { ...ADDRESS, channel: "line" },
    },
  ])("of any length is messages $title", async ({ channel, filesToo, address = ADDRESS }) => {
    const host = await hostWith(channel);
    host.channels.set("line", channel);
    const parts = await partsOf(host.api, address, LONG, { filesToo });
    expect(parts.length).toBeGreaterThan(8);
  });

  test("that goes as a file is given to the channel as one, which is removed then", async () => {
    let given: Record<string, unknown> = {};
    let content = "";
    const host = await hostWith({
      sendMedia: async (message) => {
        given = message;
        content = await readFile(String(message.mediaUrl), "utf8");
      },
    });
    const document = { name: "answer.md", text: "All of it." };
    await sendMessage(host.api, ADDRESS, { document, caption: "" });
    expect(content).toBe("All of it.");
    expect(path.basename(String(given.mediaUrl))).toBe("answer.md");
    await expect(readFile(String(given.mediaUrl))).rejects.toThrow("ENOENT");
  });
});
