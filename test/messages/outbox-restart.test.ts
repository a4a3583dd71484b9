/** What a process leaves in an outbox, and what the next one makes of it. */
import { readdirSync } from "node:fs";
import { appendFile, mkdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ReplyAddress } from "../../src/chat/delivery.js";
import { digestOf, nameOf } from "../../src/messages/outbox-ids.js";
import { ConversationOutbox } from "../../src/messages/outbox.js";
import { OutboxStore } from "../../src/messages/outbox-store.js";
import {
  away,
  lost,
  refused,
  StrictChannel,
  TAKEN,
  type Fate,
} from "../support/conversation/strict-channel.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

const REPEAT = "(This may be a repeat.)";
const DM: ReplyAddress = { channel: "telegram", to: "telegram:7" };

/** One process after another on the same folder, each with a channel of its own. */
async function outboxes() {
  const folder = await temporaryFolder();
  const sessionFile = path.join(folder, "chat");
  const box = `${sessionFile}.outbox`;
  function start(fate: (text: string) => Fate = () => TAKEN) {
    const channel = new StrictChannel();
    channel.fate = fate;
    const outbox = new ConversationOutbox(new OutboxStore(channel.host.warn), () => channel.host);
    onTestFinished(() => {
      channel.release();
      return outbox.stop();
    });
    const post = (text: string, id = text): ReturnType<typeof outbox.post> =>
      outbox.post(sessionFile, DM, { id, kind: "answer", text });
    return { channel, outbox, post, recover: () => outbox.recover(folder) };
  }
  const files = (end: string): string[] => readdirSync(box).filter((name) => name.endsWith(end));
  return { folder, sessionFile, box, start, files };
}

/** What the next process has sent when it comes to this text. */
async function sentUntil(
  { channel, recover }: { channel: StrictChannel; recover: () => Promise<void> },
  last: string,
): Promise<string[]> {
  await recover();
  await channel.shown.waitFor(({ text }) => text === last);
  return channel.texts;
}

test("a post is on disk, for this user only, once it was posted, and leaves an empty file when it was sent", async () => {
  const { box, start, files } = await outboxes();
  await start(() => "never settles").post("one");
  const [name = ""] = files(".json");
  expect((await stat(path.join(box, name))).mode & 0o777).toBe(0o600);
  expect((await stat(box)).mode & 0o777).toBe(0o700);
  expect(await readFile(path.join(box, name), "utf8")).toContain('"text":"one"');

  const { post } = start();
  await (
    await post("two")
  ).done;
  const [done = ""] = files(".done");
  expect((await stat(path.join(box, done))).size).toBe(0);
});

describe("after a restart", () => {
  test("a file that was copied, and whose post the process did not live to store, is posted", async () => {
    const { folder, sessionFile, box, start } = await outboxes();
    const { channel, outbox } = start();
    const picture = path.join(folder, "picture.png");
    await writeFile(picture, "a picture");
    await mkdir(box);
    await writeFile(path.join(box, `${nameOf(1, [digestOf("picture:1")])}.file`), "a pict");
    const { done, isToldElsewhere } = await outbox.post(sessionFile, DM, {
      id: "picture:1",
      kind: "answer",
      file: { name: "picture.png", path: picture },
    });
    await done;
    expect(isToldElsewhere).toBe(false);
    expect(channel.shown.entries).toHaveLength(1);
  });

  test("a file that was copied an hour ago for a post that was never stored is removed", async () => {
    const { box, start, files } = await outboxes();
    await mkdir(box);
    const copy = path.join(box, `${nameOf(1, [digestOf("picture:1")])}.file`);
    await writeFile(copy, "a pict");
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    await utimes(copy, longAgo, longAgo);
    await (
      await start().post("one")
    ).done;
    expect(files(".file")).toEqual([]);
  });

  test("what was not sent is, in order, and what is posted then comes after it", async () => {
    const { start } = await outboxes();
    const before = start(() => away());
    for (const text of ["one", "two", "three"]) await before.post(text);
    await before.outbox.stop();
    const after = start();
    await after.recover();
    await (
      await after.post("four")
    ).done;
    expect(after.channel.texts).toEqual(["one", "two", "three", "four"]);
    expect(before.channel.texts).toEqual([]);
  });

  test("the parts that were sent are not sent again, however texts are split then", async () => {
    const { start } = await outboxes();
    const before = start((text) => (text === "b" ? away() : TAKEN));
    await before.post("a|b|c");
    await before.channel.attempts.waitFor((text) => text === "b");
    await before.outbox.stop();
    const after = start();
    after.channel.host.partsOf = async () => [{ text: "split in another way" }];
    expect(await sentUntil(after, "c")).toEqual(["b", "c"]);
  });

  test("what a killed process was sending may be in the chat, so it is sent once more, marked", async () => {
    const { start } = await outboxes();
    const before = start((text) => (text === "b" ? "never settles" : TAKEN));
    await before.post("a|b|c");
    await before.channel.attempts.waitFor((text) => text === "b");
    expect(await sentUntil(start(), "c")).toEqual([`b\n\n${REPEAT}`, "c"]);
  });

  test("that a message may be missing stands in its own file until that is told", async () => {
    const { start, files, box } = await outboxes();
    const first = start(() => "never settles");
    await first.post("one");
    await first.channel.attempts.waitFor(() => true);
    const second = start(() => "never settles");
    await second.recover();
    await second.channel.attempts.waitFor(() => true);
    const third = start(() => "never settles");
    await third.recover();
    await third.channel.attempts.waitFor((text) => text.includes("may be missing above"));
    expect(files(".done")).toEqual([]);
    const [name = "", ...more] = files(".json");
    expect(more).toEqual([]);
    expect(await readFile(path.join(box, name), "utf8")).toContain("may be missing above");
  });

  test("what was being sent for the second time is not sent a third, and may be missing", async () => {
    const { start } = await outboxes();
    const first = start(() => "never settles");
    await first.post("one");
    await first.channel.attempts.waitFor(() => true);
    const second = start(() => "never settles");
    await second.recover();
    await second.channel.attempts.waitFor((text) => text === `one\n\n${REPEAT}`);
    const third = start();
    await third.recover();
    await third.channel.shown.waitFor(({ text }) => text.includes("may be missing above"));
    expect(third.channel.texts).toHaveLength(1);
  });

  test("that something may be missing is told until it has arrived, however often the gateway ends over it", async () => {
    const { start, files } = await outboxes();
    const first = start(() => "never settles");
    await first.post("one");
    await first.channel.attempts.waitFor(() => true);
    for (let restarts = 0; restarts < 4; restarts += 1) {
      const next = start(() => "never settles");
      await next.recover();
      await next.channel.attempts.waitFor(() => true);
    }
    const last = start();
    await last.recover();
    await last.channel.shown.waitFor(({ text }) => text.includes("may be missing above"));
    expect(last.channel.texts).toEqual([
      expect.stringMatching(/“one”\n\n\(This may be a repeat\.\)$/),
    ]);
    await (
      await last.post("two")
    ).done;
    expect(last.channel.texts.slice(1)).toEqual(["two"]);
    expect(files(".json")).toEqual([]);
  });

  test("what surely did not go out is not marked", async () => {
    const { start } = await outboxes();
    const before = start(() => away());
    await before.post("one");
    await before.channel.attempts.waitFor(() => true);
    await before.outbox.stop();
    expect(await sentUntil(start(), "one")).toEqual(["one"]);
  });

  test("what was lost sight of is sent once more, marked, and then no more", async () => {
    const { start } = await outboxes();
    const before = start(() => lost(true));
    await before.post("one");
    await before.channel.attempts.waitFor(() => true);
    await before.outbox.stop();
    const next = start((text) => (text.startsWith("one") ? lost(true) : TAKEN));
    await next.recover();
    await next.channel.attempts.waitFor(() => true);
    await next.outbox.stop();
    expect(next.channel.texts).toEqual([`one\n\n${REPEAT}`]);
    const last = start();
    await last.recover();
    await (
      await last.post("two")
    ).done;
    expect(last.channel.texts).toEqual([expect.stringMatching(/may be missing above/), "two"]);
  });

  test("the notice in the place of what was refused is not refused anew", async () => {
    const { start } = await outboxes();
    const before = start((text) =>
      text === "bad" ? refused(400, "Bad Request: message text is empty") : away(),
    );
    await before.post("bad");
    await before.channel.attempts.waitFor((text) => text !== "bad");
    await before.outbox.stop();
    const after = start();
    await after.recover();
    const { text } = await after.channel.shown.waitFor(() => true);
    expect(text).toMatch(/could not be shown/);
  });

  test("a group that moved is written to where it is", async () => {
    const { start } = await outboxes();
    const upgraded = refused(400, "Bad Request: group chat was upgraded to a supergroup chat", {
      migrate_to_chat_id: -100_200,
    });
    let attempts = 0;
    const before = start(() => (attempts++ === 0 ? upgraded : away()));
    await before.post("one");
    while (before.channel.tried.length < 2)
      await before.channel.attempts.waitFor(() => attempts > 1);
    await before.outbox.stop();
    const after = start();
    await after.recover();
    expect(await after.channel.shown.waitFor(() => true)).toEqual({
      to: "telegram:-100200",
      text: "one",
    });
  });

  test("an id that was posted is not posted again, whether it was sent or waits", async () => {
    const { start } = await outboxes();
    const before = start((text) => (text === "two" ? away() : TAKEN));
    await (
      await before.post("one")
    ).done;
    await before.post("two");
    await before.outbox.stop();
    const after = start();
    await after.recover();
    await after.post("one");
    await after.post("two");
    await (
      await after.post("three")
    ).done;
    expect(after.channel.texts).toEqual(["two", "three"]);
  });

  test("a file goes on with its content, though the one that was posted is gone", async () => {
    const { folder, sessionFile, start, files } = await outboxes();
    const before = start(() => away());
    const original = path.join(folder, "report.md");
    await writeFile(original, "content");
    const file = { name: "report.md", path: original };
    await before.outbox.post(sessionFile, DM, { id: "1", kind: "file", file });
    await before.outbox.stop();
    await writeFile(original, "changed");
    const after = start();
    let content = "";
    after.channel.host.sendMessage = async (_address, message) => {
      if ("file" in message) content = await readFile(message.file.path, "utf8");
      after.channel.shown.append({ to: "", text: content });
    };
    expect(await sentUntil(after, "content")).toEqual(["content"]);
    await after.outbox.stop();
    expect(files(".file")).toEqual([]);
  });

  test("a post that a crash has cut off was none, and one that cannot be read is set aside", async () => {
    const { box, start, files } = await outboxes();
    await mkdir(box, { recursive: true });
    await writeFile(path.join(box, "000000000001-aaaa.json"), '{"schemaVersion":1,"id":');
    await writeFile(path.join(box, "000000000002-bbbb.json"), "no post\n");
    const { channel, recover, post } = start();
    await recover();
    await (
      await post("one")
    ).done;
    expect(channel.texts).toEqual(["one"]);
    expect(channel.warnings).toEqual([expect.stringContaining("set aside")]);
    expect(files(".json")).toEqual([]);
  });

  test("a note that a crash has cut off does not count", async () => {
    const { box, start, files } = await outboxes();
    const before = start((text) => (text === "b" ? away() : TAKEN));
    await before.post("a|b");
    await before.channel.attempts.waitFor((text) => text === "b");
    await before.outbox.stop();
    const [name = ""] = files(".json");
    await appendFile(path.join(box, name), '\n{"progress":{"sent":2,');
    expect(await sentUntil(start(), "b")).toEqual(["b"]);
  });
});

test("a disk that takes nothing keeps nobody from an answer, and the operator is told", async () => {
  const { box, start } = await outboxes();
  await writeFile(box, "a file in the folder's place");
  const { channel, post } = start();
  const { durable, done } = await post("one");
  await done;
  expect(durable).toBe(false);
  expect(channel.texts).toEqual(["one"]);
  expect(channel.warnings.join()).toContain("could not be stored");
});

test("one chat's outbox that cannot be read keeps no other from its messages", async () => {
  const { folder, start } = await outboxes();
  const before = start(() => away());
  await before.post("one");
  await before.outbox.stop();
  await writeFile(path.join(folder, "broken.outbox"), "a file in the folder's place");
  expect(await sentUntil(start(), "one")).toEqual(["one"]);
});

test("only the ids of the last posts are kept", async () => {
  const { box, start } = await outboxes();
  await mkdir(box, { recursive: true });
  const names = Array.from(
    { length: 600 },
    (_, index) => `${String(index).padStart(12, "0")}-${index.toString(16).padStart(20, "0")}.done`,
  );
  await Promise.all(names.map((name) => writeFile(path.join(box, name), "")));
  const { post } = start();
  await (
    await post("one")
  ).done;
  const left = readdirSync(box).toSorted();
  expect(left).toHaveLength(501);
  expect(left.at(-1)).toMatch(/^000000000600-/);
});
