/** What it costs that no accepted message is lost. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { ConversationInbox, type InboxEntry } from "../../src/messages/inbox.js";
import { ConversationMessages } from "../../src/messages/messages.js";
import type { Bench } from "../bench.js";
import { rowOf } from "../row.js";
import { samplePairs, timed } from "../sampling.js";
import { filesSettled } from "../support/files-settled.js";
import { syncedWrite } from "../support/synced-write.js";
import { quietChat } from "../../test/support/conversation/quiet-chat.js";

const TEXT = "Look at the failing test in the parser and tell me what is wrong with it. ".repeat(4);
const SESSIONS = 20;

export async function inboxGroup(bench: Bench): Promise<void> {
  await messageCost(bench);
  await recovery(bench);
}

async function messageCost(bench: Bench): Promise<void> {
  const inbox = new ConversationInbox(console.error);
  const folder = path.join(bench.folder, "bare");
  await mkdir(folder);
  let messages = 0;
  const session = (): string => path.join(bench.folder, `session-${messages % SESSIONS}`);
  const bare = (): Promise<number> =>
    timed(() => syncedWrite(path.join(folder, `${++messages}.json`), TEXT.repeat(2)));
  const counts = { count: bench.smoke ? 3 : 300, warmUp: bench.smoke ? 0 : 20 };
  const facts = { unit: "ms", limitName: "one synced write" };

  bench.progress("accepting a message");
  const accepted = await samplePairs(
    counts,
    () => timed(() => accept(inbox, session(), ++messages)),
    bare,
  );
  bench.row(rowOf({ ...facts, name: "accepting a message" }, accepted.plugin, accepted.limit));

  bench.progress("a message's whole stay");
  const stayed = await samplePairs(
    counts,
    () => timed(() => wholeStay(inbox, session(), ++messages)),
    bare,
  );
  bench.row(rowOf({ ...facts, name: "a message's whole stay" }, stayed.plugin, stayed.limit));
}

async function wholeStay(
  inbox: ConversationInbox,
  session: string,
  message: number,
): Promise<void> {
  const entry = await accept(inbox, session, message);
  await inbox.setStage(entry, { name: "running" });
  await inbox.setStage(entry, { name: "running", turnId: "01a2034d-9c21-7cb0-801d-e9a4c5879fb0" });
  await inbox.setStage(entry, { name: "answered", text: TEXT, sent: 0 });
  await inbox.finish(entry);
}

async function accept(
  inbox: ConversationInbox,
  session: string,
  message: number,
): Promise<InboxEntry> {
  const entry = await inbox.accept(session, `m${message}`, {
    id: createHash("sha256").update(`${message}`).digest("hex").slice(0, 36),
    acceptedAt: Date.now(),
    workspaceDir: "/work",
    bindingCreatedAt: "2026-05-01T00:00:00.000Z",
    address: { channel: "telegram", to: "telegram:7", accountId: "default" },
    input: [{ type: "text", text: TEXT, text_elements: [] }],
    stage: { name: "waiting" },
  });
  if (entry === undefined) throw new Error("a message was taken for another");
  return entry;
}

/** The gateway ended with answers that were not delivered; the next one finds and delivers them. */
async function recovery(bench: Bench): Promise<void> {
  const entries = bench.smoke ? 20 : 1000;
  bench.progress(`recovery of ${entries} entries`);
  const found: number[] = [];
  let runs = 0;
  const { plugin, limit } = await samplePairs(
    { count: bench.smoke ? 1 : 9, warmUp: bench.smoke ? 0 : 1 },
    async () => {
      const folder = path.join(bench.folder, `recovered-${++runs}`);
      await leaveBehind(folder, entries);
      const { foundMs, deliveredMs } = await recover(folder, entries);
      found.push(foundMs);
      return deliveredMs;
    },
    async () => {
      const folder = path.join(bench.folder, `read-${++runs}`);
      await leaveBehind(folder, entries);
      return timed(() => readAll(folder));
    },
  );
  const facts = { unit: "ms", limitName: "reading the files one by one" };
  const target = { of: "plugin", atMost: 1000 } as const;
  bench.row(
    rowOf(
      { ...facts, name: `recovery of ${entries} entries, until claims pass`, target },
      found.slice(-plugin.length),
      limit,
    ),
  );
  bench.row(
    rowOf(
      { ...facts, name: `recovery of ${entries} entries, all delivered`, target },
      plugin,
      limit,
    ),
  );
}

async function leaveBehind(folder: string, entries: number): Promise<void> {
  const inbox = new ConversationInbox(console.error);
  const chats = Math.max(1, entries / 5);
  const one = async (index: number): Promise<void> => {
    const entry = await accept(inbox, path.join(folder, `session-${index % chats}`), index);
    await inbox.setStage(entry, { name: "answered", text: TEXT, sent: 0 });
  };
  await Promise.all(Array.from({ length: entries }, (_, index) => one(index)));
}

async function recover(
  folder: string,
  entries: number,
): Promise<{ foundMs: number; deliveredMs: number }> {
  const all = Promise.withResolvers<void>();
  let sent = 0;
  const messages = new ConversationMessages({
    sendMessage: async () => {
      if (++sent === entries) all.resolve();
    },
    ...quietChat,
    pluginConfig: () => undefined,
    warn: console.error,
  });
  const start = performance.now();
  await messages.recover(folder);
  const foundMs = performance.now() - start;
  await all.promise;
  const deliveredMs = performance.now() - start;
  await filesSettled();
  await messages.stop();
  return { foundMs, deliveredMs };
}

async function readAll(folder: string): Promise<void> {
  for (const session of await readdir(folder)) {
    for (const name of await readdir(path.join(folder, session))) {
      const content = await readFile(path.join(folder, session, name), "utf8");
      for (const line of content.split("\n")) if (line !== "") JSON.parse(line);
    }
  }
}
