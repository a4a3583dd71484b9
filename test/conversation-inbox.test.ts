/** What a crash in the middle of a write leaves in the inbox. */
import { appendFile, mkdir, readdir, rename, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { ConversationInbox, type InboxMessage } from "../src/conversation-inbox.js";
import { textInput } from "../src/conversation-turn-input.js";
import { temporaryFolder } from "./support/conversation/temporary-folder.js";

const MESSAGE: InboxMessage = {
  id: "ours",
  acceptedAt: 1,
  workspaceDir: "/repo",
  bindingCreatedAt: "",
  address: { channel: "telegram", to: "telegram:7" },
  input: [textInput("hi")],
  stage: { name: "waiting" },
};

/** An inbox in which a process died while it wrote the message `m1`, which it had not accepted yet. */
async function diedWhileWriting() {
  const folder = await temporaryFolder();
  const sessionFile = path.join(folder, "chat");
  const inbox = new ConversationInbox(() => {});
  const entry = await inbox.accept(sessionFile, "m1", MESSAGE);
  const file = entry?.file ?? "";
  const temporary = `${file}.123-0a1b2c3d4e5f.tmp`;
  await rename(file, temporary);
  return { folder, sessionFile, inbox, temporary };
}

async function makeOld(file: string): Promise<void> {
  const beforeThisProcess = (performance.timeOrigin - 1000) / 1000;
  await utimes(file, beforeThisProcess, beforeThisProcess);
}

test("a message whose writing a crash cut off is taken when the channel brings it again", async () => {
  const { sessionFile, inbox } = await diedWhileWriting();
  expect(await inbox.accept(sessionFile, "m1", MESSAGE)).toBeDefined();
});

test("what is noted late of a turn neither undoes its answer nor brings a delivered message back", async () => {
  const sessionFile = path.join(await temporaryFolder(), "chat");
  const inbox = new ConversationInbox(() => {});
  const entry = await inbox.accept(sessionFile, "m1", MESSAGE);
  if (!entry) throw new Error("not accepted");
  const answered = { name: "answered", text: "Hello.", sent: 0 } as const;
  await inbox.setStage(entry, answered);
  await inbox.setStage(entry, { name: "running", turnId: "turn-1" });
  expect((await inbox.list(sessionFile, 1)).map(({ message }) => message.stage)).toEqual([
    answered,
  ]);

  await inbox.finish(entry);
  await inbox.setStage(entry, { ...answered, sent: 1 });
  expect(await inbox.list(sessionFile, 1)).toEqual([]);
});

test("a note that a crash cut off leaves the stage before, and those after it count", async () => {
  const sessionFile = path.join(await temporaryFolder(), "chat");
  const inbox = new ConversationInbox(() => {});
  const entry = await inbox.accept(sessionFile, "m1", MESSAGE);
  const stages = async () => (await inbox.list(sessionFile, 1)).map(({ message }) => message.stage);
  if (!entry?.file) throw new Error("not accepted");
  await inbox.setStage(entry, { name: "running" });
  await appendFile(entry.file, '\n{"stage":{"name":"answered","te');
  expect(await stages()).toEqual([{ name: "running" }]);

  const answered = { name: "answered", text: "Two\nlines.", sent: 0 } as const;
  await inbox.setStage(entry, answered);
  expect(await stages()).toEqual([answered]);
});

test("messages that end while a reload looks for left ones are not taken up again", async () => {
  const sessionFile = path.join(await temporaryFolder(), "chat");
  const inbox = new ConversationInbox(() => {});
  const ids = Array.from({ length: 30 }, (_, index) => `m${index}`);
  const entries = await Promise.all(
    ids.map((id) => inbox.accept(sessionFile, id, { ...MESSAGE, acceptedAt: Date.now() })),
  );
  const takenUp = inbox.takeUp(sessionFile);
  await Promise.all(entries.map(async (entry) => entry && inbox.finish(entry)));
  expect(await takenUp).toEqual([]);
});

test("half-written files of an earlier process go when its messages are taken up", async () => {
  const { folder, sessionFile, inbox, temporary } = await diedWhileWriting();
  await makeOld(temporary);
  const binding = `${sessionFile}.codex-app-server.json.123-0a1b2c3d4e5f.tmp`;
  await writeFile(binding, "{");
  await makeOld(binding);
  expect(await inbox.sessions(folder)).toEqual([sessionFile]);
  expect(await inbox.list(sessionFile)).toEqual([]);
  expect(await readdir(folder)).toEqual(["chat.inbox"]);
  expect(await readdir(`${sessionFile}.inbox`)).toEqual([]);
});

test("files that are being written stay, as do those of others", async () => {
  const { folder, sessionFile, inbox, temporary } = await diedWhileWriting();
  const foreign = path.join(folder, "notes.tmp");
  await writeFile(foreign, "");
  await makeOld(foreign);
  await mkdir(path.join(folder, "folder.json.1-0a1b2c3d4e5f.tmp"));
  await inbox.sessions(folder);
  await inbox.list(sessionFile);
  expect(await readdir(folder)).toEqual([
    "chat.inbox",
    "folder.json.1-0a1b2c3d4e5f.tmp",
    "notes.tmp",
  ]);
  expect(await readdir(`${sessionFile}.inbox`)).toEqual([path.basename(temporary)]);
});
