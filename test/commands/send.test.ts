import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { boundCommands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";
import { until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

type Media = { message: Record<string, unknown>; content: string };

/** A chat on a channel that takes files, bound to a thread with a folder. */
async function withFolder(sendMedia?: () => Promise<unknown>) {
  const cwd = await temporaryFolder();
  await mkdir(path.join(cwd, "my docs"));
  await writeFile(path.join(cwd, "my docs", "it's.txt"), "content");
  const all = await boundCommands({ cwd });
  messagesOn(all.host);
  const media: Media[] = [];
  all.host.channels.set("telegram", {
    sendMedia: async (message) => {
      const file = String(message.mediaUrl);
      media.push({ message, content: await readFile(file, "utf8") });
      return sendMedia?.();
    },
  });
  const left = (): Promise<string[]> =>
    readdir(path.join(all.host.stateDir, "media", "codex-conversation")).catch(() => []);
  return { ...all, cwd, media, left };
}

test("sends a copy of the file under its name to this chat, and removes it", async () => {
  const { say, media, left } = await withFolder();
  const more = { messageThreadId: 55 };
  expect(plain(await say("send my docs/it's.txt", more))).toBe("Sent: it's.txt (7 B).");
  expect(media).toMatchObject([
    { content: "content", message: { to: "telegram:7", accountId: "default", threadId: 55 } },
  ]);
  const copy = String(media[0]?.message.mediaUrl);
  expect(path.basename(copy)).toBe("it's.txt");
  expect(media[0]?.message.mediaLocalRoots).toEqual([path.dirname(copy)]);
  expect(await left()).toEqual([]);
});

test.each([
  'send "my docs/it\'s.txt"',
  "send my docs/it's.txt:12",
  "send my docs/it's.txt:12:3",
  // As a reply of ours shows it.
  "send my docs/it's.\u2060txt",
])("understands a name however it was typed or copied: %s", async (typed) => {
  const { say, media } = await withFolder();
  expect(plain(await say(typed))).toMatch(/^Sent: /);
  expect(media).toHaveLength(1);
});

describe("says why nothing is sent:", () => {
  test("nothing is named", async () => {
    const { say } = await withFolder();
    expect(await say("send")).toMatch(/Usage: `\/codexchat send PATH/);
  });

  test("the file is not there, or not inside", async () => {
    const { say, media, left } = await withFolder();
    expect(await say("send missing")).toMatch(/^missing was not found in /);
    expect(await say("send /etc/passwd")).toMatch(/^Only files inside this thread's folder/);
    expect(media).toEqual([]);
    expect(await left()).toEqual([]);
  });

  test("the channel takes no files", async () => {
    const { say, host } = await withFolder();
    host.channels.set("telegram", {});
    expect(await say("send my docs/it's.txt")).toBe("OpenClaw cannot send files in this channel.");
  });

  test("Codex works on another machine", async () => {
    const { say, host } = await withFolder();
    host.pluginConfig = { appServer: { transport: "websocket", url: "ws://far.example:1/" } };
    expect(await say("send my docs/it's.txt")).toMatch(/^Codex works on another machine/);
  });

  test("the channel fails, in words that do no harm", async () => {
    const { say, left } = await withFolder(() => Promise.reject(new Error("@all refused")));
    const text = await say("send my docs/it's.txt");
    expect(plain(text)).toBe("it's.txt could not be sent: @all refused");
    expect(text).not.toContain("@all");
    expect(await left()).toEqual([]);
  });

  test("the chat is not bound", async () => {
    const { say, inHost } = await withFolder();
    inHost.binding = null;
    expect(await say("send my docs/it's.txt")).toMatch(/not bound/);
  });
});

describe("where the sending takes long", () => {
  test("the command answers, and a failure is told later", async () => {
    const slow = Promise.withResolvers<void>();
    const { say, host, media, left } = await withFolder(() => slow.promise);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const answer = say("send my docs/it's.txt");
      await until(() => media.length > 0 && vi.getTimerCount() > 0);
      await vi.advanceTimersByTimeAsync(5000);
      expect(plain(await answer)).toMatch(/^Sending it's\.txt \(7 B\)\. It may take a while/);
    } finally {
      vi.useRealTimers();
    }
    expect(await left()).toHaveLength(1);
    slow.reject(new Error("line cut"));
    await host.delivered();
    expect(host.sent.map(({ text }) => plain(text))).toEqual([
      "it's.txt could not be sent: line cut",
    ]);
    expect(await left()).toEqual([]);
  });

  test("only some files are on their way at once", async () => {
    const slow = Promise.withResolvers<void>();
    const { say, media, left } = await withFolder(() => slow.promise);
    const answers = [1, 2, 3, 4].map(() => say("send my docs/it's.txt"));
    await until(() => media.length === 1);
    expect(await say("send my docs/it's.txt")).toMatch(/^Several files are being sent/);
    // Nothing of it is done for nothing, not even looking for it.
    expect(await say("send missing")).toMatch(/^Several files are being sent/);
    slow.resolve();
    await Promise.all(answers);
    expect(await left()).toEqual([]);
    expect(plain(await say("send my docs/it's.txt"))).toMatch(/^Sent/);
  });

  test("those asked for at once are held to that before they are copied", async () => {
    const slow = Promise.withResolvers<void>();
    const { say, cwd, media, left } = await withFolder(() => slow.promise);
    const names = Array.from({ length: 12 }, (_, index) => `${index}.bin`);
    await Promise.all(names.map((name) => writeFile(path.join(cwd, name), "content")));
    let copies = 0;
    const answers = names.map(async (name) => {
      const text = await say(`send ${name}`);
      copies = Math.max(copies, (await left()).length);
      return text;
    });
    await until(() => media.length === 1);
    slow.resolve();
    const refused = (await Promise.all(answers)).filter((text) => text.startsWith("Several files"));
    expect(refused).toHaveLength(8);
    // Four on their way into the outbox, and the one of them that is being sent already.
    expect(copies).toBeLessThanOrEqual(5);
    expect(await left()).toEqual([]);
  });

  test("what is not there takes no place", async () => {
    const { say } = await withFolder();
    for (let count = 0; count < 5; count += 1) {
      expect(await say("send missing")).toMatch(/^missing was not found/);
    }
  });
});

function plain(text: string): string {
  return text.replaceAll("\u2060", "");
}
