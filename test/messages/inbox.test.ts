/** What a crash in the middle of a write leaves in the inbox. */
import { appendFile, mkdir, readdir, stat, truncate, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ConversationInbox, type InboxMessage } from "../../src/messages/inbox.js";
import { textInput } from "../../src/chat/turn-input.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

const MESSAGE: InboxMessage = {
  id: "ours",
  acceptedAt: 1,
  workspaceDir: "/repo",
  bindingCreatedAt: "",
  address: { channel: "telegram", to: "telegram:7" },
  input: [textInput("hi")],
  stage: { name: "waiting" },
};

/** What a process left of the message `m1` that died while it wrote it, and had not accepted it yet; and its successor. */
async function diedWhileWriting(share: number) {
  const folder = await temporaryFolder();
  const sessionFile = path.join(folder, "chat");
  const entry = await new ConversationInbox(() => {}).accept(sessionFile, "m1", MESSAGE);
  const file = entry?.file ?? "";
  await truncate(file, Math.floor((await stat(file)).size * share));
  const warnings: string[] = [];
  const inbox = new ConversationInbox((text) => void warnings.push(text));
  return { folder, sessionFile, inbox, warnings };
}

const SHARES = [0, 0.5, 0.99];

async function makeOld(file: string): Promise<void> {
  const beforeThisProcess = (performance.timeOrigin - 1000) / 1000;
  await utimes(file, beforeThisProcess, beforeThisProcess);
}

test.each(SHARES)(
  "a message whose writing a crash cut off after %d of it is taken when the channel brings it again",
  async (share) => {
    const { sessionFile, inbox } = await diedWhileWriting(share);
    const entry = await inbox.accept(sessionFile, "m1", MESSAGE);
    expect(entry).toBeDefined();
    expect((await inbox.list(sessionFile)).map(({ file }) => file)).toEqual([entry?.file]);
    expect(await inbox.accept(sessionFile, "m1", MESSAGE)).toBeUndefined();
  },
);

test.each(SHARES)(
  "what a crash left of a message after %d of it goes without a word when messages are taken up",
  async (share) => {
    const { sessionFile, inbox, warnings } = await diedWhileWriting(share);
    expect(await inbox.recover(sessionFile)).toEqual([]);
    expect(await readdir(`${sessionFile}.inbox`)).toEqual([]);
    expect(warnings).toEqual([]);
  },
);

test("a message in whose place a loss of power left zeros is taken when the channel brings it again", async () => {
  const { sessionFile, inbox, warnings } = await diedWhileWriting(0);
  const [name = ""] = await readdir(`${sessionFile}.inbox`);
  await writeFile(path.join(`${sessionFile}.inbox`, name), `${"\0".repeat(200)}"}\n`);
  expect(await inbox.recover(sessionFile)).toEqual([]);
  expect(await inbox.accept(sessionFile, "m1", MESSAGE)).toBeDefined();
  expect(warnings).toEqual([]);
});

test("a message that was set aside since it could not be read is taken when the channel brings it again", async () => {
  const { sessionFile, inbox } = await diedWhileWriting(0);
  const [name = ""] = await readdir(`${sessionFile}.inbox`);
  await writeFile(path.join(`${sessionFile}.inbox`, name), "no message\n");
  expect(await inbox.recover(sessionFile)).toEqual([]);
  expect(await inbox.accept(sessionFile, "m1", MESSAGE)).toBeDefined();
});

test("a message that an earlier process accepted, or finished, is not taken again", async () => {
  const sessionFile = path.join(await temporaryFolder(), "chat");
  const earlier = new ConversationInbox(() => {});
  await earlier.accept(sessionFile, "m1", MESSAGE);
  const finished = await earlier.accept(sessionFile, "m2", MESSAGE);
  if (!finished) throw new Error("not accepted");
  await earlier.finish(finished);
  const inbox = new ConversationInbox(() => {});
  expect(await inbox.accept(sessionFile, "m1", MESSAGE)).toBeUndefined();
  expect(await inbox.accept(sessionFile, "m2", MESSAGE)).toBeUndefined();
});

test("what is noted late of a turn neither undoes its answer nor brings a delivered message back", async () => {
  const sessionFile = path.join(await temporaryFolder(), "chat");
  const inbox = new ConversationInbox(() => {});
  const entry = await inbox.accept(sessionFile, "m1", MESSAGE);
  if (!entry) throw new Error("not accepted");
  const answered = { name: "answered", text: "Hello.", sent: 0 } as const;
  await inbox.setStage(entry, answered);
  await inbox.setStage(entry, { name: "running", turnId: "turn-1" });
  expect((await inbox.list(sessionFile)).map(({ message }) => message.stage)).toEqual([answered]);

  await inbox.finish(entry);
  await inbox.setStage(entry, { ...answered, sent: 1 });
  expect(await inbox.list(sessionFile)).toEqual([]);
});

test("a note that a crash cut off leaves the stage before, and those after it count", async () => {
  const sessionFile = path.join(await temporaryFolder(), "chat");
  const inbox = new ConversationInbox(() => {});
  const entry = await inbox.accept(sessionFile, "m1", MESSAGE);
  const stages = async () => (await inbox.list(sessionFile)).map(({ message }) => message.stage);
  if (!entry?.file) throw new Error("not accepted");
  await inbox.setStage(entry, { name: "running" });
  await appendFile(entry.file, '\n{"stage":{"name":"answered","te');
  expect(await stages()).toEqual([{ name: "running" }]);

  const answered = { name: "answered", text: "Two\nlines.", sent: 0 } as const;
  await inbox.setStage(entry, answered);
  expect(await stages()).toEqual([answered]);
});

const idsOf = (entries: { message: InboxMessage }[]) => entries.map(({ message }) => message.id);

describe("messages stand in order of arrival", () => {
  test.each([-3_600_000, 0, 1_800_000])(
    "though the machine's clock jumps by %d ms between them, and the gateway restarts",
    async (jump) => {
      const sessionFile = path.join(await temporaryFolder(), "chat");
      const at = 1_764_000_000_000;
      const first = new ConversationInbox(() => {});
      await first.accept(sessionFile, "m1", { ...MESSAGE, id: "one", acceptedAt: at });
      await first.accept(sessionFile, "m2", { ...MESSAGE, id: "two", acceptedAt: at + jump });
      const second = new ConversationInbox(() => {});
      await second.accept(sessionFile, "m3", { ...MESSAGE, id: "three", acceptedAt: at + jump });
      const third = new ConversationInbox(() => {});
      expect(idsOf(await third.recover(sessionFile))).toEqual(["one", "two", "three"]);
    },
  );

  test("after those that are answered already", async () => {
    const sessionFile = path.join(await temporaryFolder(), "chat");
    const inbox = new ConversationInbox(() => {});
    const accept = (id: string, acceptedAt: number) =>
      inbox.accept(sessionFile, id, { ...MESSAGE, id, acceptedAt });
    const answered = await accept("one", 5000);
    if (!answered) throw new Error("not accepted");
    await inbox.finish(answered);
    await accept("two", 1000);
    await accept("three", 5000);
    expect(idsOf(await inbox.list(sessionFile))).toEqual(["two", "three"]);
  });

  test("after those of version 0.1.0, whatever the clock says", async () => {
    const sessionFile = path.join(await temporaryFolder(), "chat");
    await mkdir(`${sessionFile}.inbox`, { recursive: true });
    for (const [arrival, id] of ["old one", "old two"].entries()) {
      const name = `01764000000000-00000${arrival + 1}-0123456789abcdef000${arrival}.json`;
      await writeFile(
        path.join(`${sessionFile}.inbox`, name),
        `${JSON.stringify({ schemaVersion: 1, ...MESSAGE, id })}\n`,
      );
    }
    const inbox = new ConversationInbox(() => {});
    await inbox.accept(sessionFile, "m3", { ...MESSAGE, id: "new", acceptedAt: 1_763_000_000_000 });
    expect(idsOf(await inbox.list(sessionFile))).toEqual(["old one", "old two", "new"]);
  });
});

test("the ids of the last 200 delivered messages are remembered, however old they are", async () => {
  const sessionFile = path.join(await temporaryFolder(), "chat");
  const inbox = new ConversationInbox(() => {});
  for (let number = 0; number <= 201; number += 1) {
    // oxlint-disable-next-line no-await-in-loop
    const entry = await inbox.accept(sessionFile, `m${number}`, MESSAGE);
    if (!entry) throw new Error("not accepted");
    // oxlint-disable-next-line no-await-in-loop
    await inbox.finish(entry);
  }
  expect(await inbox.accept(sessionFile, "m2", MESSAGE)).toBeUndefined();
  expect(await inbox.accept(sessionFile, "m0", MESSAGE)).toBeDefined();
});

test("messages that end while a reload looks for left ones are not taken up again", async () => {
  const sessionFile = path.join(await temporaryFolder(), "chat");
  const inbox = new ConversationInbox(() => {});
  const ids = Array.from({ length: 30 }, (_, index) => `m${index}`);
  const entries = await Promise.all(
    ids.map((id) => inbox.accept(sessionFile, id, { ...MESSAGE, acceptedAt: Date.now() })),
  );
  const recovered = inbox.recover(sessionFile);
  await Promise.all(entries.map(async (entry) => entry && inbox.finish(entry)));
  expect(await recovered).toEqual([]);
});

test("half-written bindings of an earlier process go when the sessions are looked for, and nothing else", async () => {
  const folder = await temporaryFolder();
  const binding = path.join(folder, "chat.codex-app-server.json.123-0a1b2c3d4e5f.tmp");
  const foreign = path.join(folder, "notes.tmp");
  const underWay = path.join(folder, "other.codex-app-server.json.123-0a1b2c3d4e5f.tmp");
  for (const file of [binding, foreign, underWay]) await writeFile(file, "{");
  for (const file of [binding, foreign]) await makeOld(file);
  await mkdir(path.join(folder, "folder.json.1-0a1b2c3d4e5f.tmp"));
  expect(await new ConversationInbox(() => {}).sessions(folder)).toEqual([]);
  expect(await readdir(folder)).toEqual([
    "folder.json.1-0a1b2c3d4e5f.tmp",
    "notes.tmp",
    path.basename(underWay),
  ]);
});
