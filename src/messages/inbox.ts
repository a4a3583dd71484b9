/**
 * The durable inbox: each accepted message is a file until its answer was delivered.
 *
 * A session's messages lie in `<sessionFile>.inbox/`, one file each, named so that they sort by arrival, whatever
 * becomes of the machine's clock, and tell the message's id by its digest. A delivered message's file is emptied and renamed to `….done`, which needs no
 * room on a full disk, and keeps the id from being taken a second time.
 *
 * A file's first line is the message; where its end is missing, a crash came before the message was accepted. Each
 * stage that follows is a line more; the last one that can be read counts, so that a crash leaves the stage before or the
 * stage after. Synced is what could not be found out again after a loss of power: the message itself, and that Codex is
 * about to be given it; both at once where nothing is ahead of it. A turn's id and its answer can be asked for in the
 * thread.
 */
import { createHash } from "node:crypto";
import { rename, rm, truncate } from "node:fs/promises";
import path from "node:path";
import * as z from "zod/mini";
import {
  appendPrivateFile,
  createPrivateFile,
  hasFirstLine,
  isShortage,
  listAfterCrash,
  listPrivateFolder,
  readPrivateFile,
  setAside,
  syncFolder,
  syncLeft,
} from "../host/private-files.js";
import { keepNewest } from "../common/keep-newest.js";
import { oneAtATime } from "../common/one-at-a-time.js";
import { conversationTaskSchema } from "../thread/task.js";

const FOLDER = ".inbox";
const PLACE_DIGITS = 14;
const DONE = ".done";
/** So many ids of delivered messages are kept of a session. */
const REMEMBER_COUNT = 200;

const text = z.string();

const stageSchema = z.discriminatedUnion("name", [
  /** Not given to Codex yet. */
  z.object({ name: z.literal("waiting") }),
  /** Perhaps given to Codex; with a turnId for certain. */
  z.object({
    name: z.literal("running"),
    turnId: z.optional(text),
    /** Its answer has pictures, which are stored after its words. */
    pictures: z.optional(z.literal(true)),
  }),
  /** `sent` of the answer's messages have reached the chat. */
  z.object({
    name: z.literal("answered"),
    text,
    sent: z.number(),
    /** The turn that the answer is of, and whether it tells what that came to. */
    turnId: z.optional(text),
    endsTurn: z.optional(z.boolean()),
  }),
]);

const messageSchema = z.object({
  schemaVersion: z.literal(1),
  /** Ours; Codex is given it with the turn, so that the turn can be found again. */
  id: text,
  acceptedAt: z.number(),
  workspaceDir: text,
  /** When the thread binding was made that the message was meant for. */
  bindingCreatedAt: text,
  address: z.object({
    channel: text,
    to: text,
    accountId: z.optional(text),
    threadId: z.optional(z.union([text, z.number()])),
  }),
  input: z.array(
    z.discriminatedUnion("type", [
      z.object({ type: z.literal("text"), text, text_elements: z.tuple([]) }),
      z.object({ type: z.literal("localImage"), path: text }),
      z.object({ type: z.literal("skill"), name: text, path: text }),
      z.object({ type: z.literal("image"), url: text }),
    ]),
  ),
  /** Done instead of giving the input to Codex; the input then says what it is. */
  task: z.optional(conversationTaskSchema),
  goesFirst: z.optional(z.literal(true)),
  /** The id of the message that it belongs to. */
  follows: z.optional(text),
  /** The channel's, where it shows that the message was seen. */
  messageId: z.optional(text),
  stage: stageSchema,
});

/** A line after the first: how far the message came, or what its person has it be instead. */
const noteSchema = z.union([
  z.object({ stage: stageSchema }),
  z.object({ input: messageSchema.shape.input }),
]);

export type InboxMessage = Omit<z.infer<typeof messageSchema>, "schemaVersion">;
export type InboxStage = InboxMessage["stage"];

/** A message and the file that holds it; without one it lives in memory only, as on a full disk. */
export type InboxEntry = { sessionFile: string; file: string | undefined; message: InboxMessage };

/** A channel that brings a message again does so soon. */
const BROUGHT = 50;

export class ConversationInbox {
  readonly #warn: (text: string) => void;
  readonly #onShort: () => void;
  readonly #inTurn = oneAtATime();
  readonly #finished = new WeakSet<InboxEntry>();
  /** What has to be known after a loss of power, too, could not be noted of these yet. */
  readonly #unsynced = new WeakSet<InboxEntry>();
  /** What was brought here lately, by session: while the disk cannot be looked at it is known by that alone. */
  readonly #brought = new Map<string, Set<string>>();
  /** Files of the messages that this process is busy with. */
  readonly #inHand = new Set<string>();

  /** `warn` takes what an operator should know: files that were set aside. `onShort`: one is to be read later. */
  constructor(warn: (text: string) => void, onShort: () => void = () => {}) {
    this.#warn = warn;
    this.#onShort = onShort;
  }

  /**
   * Stores a message; it is on disk when this resolves. Undefined where the host's `messageId` was taken before.
   * `onNew` is told as soon as it is known that it was not, while the message is written; where that fails, the entry
   * that it was given loses its file.
   * @throws file-system errors, a full disk among them
   */
  accept(
    sessionFile: string,
    messageId: string,
    incoming: InboxMessage | Promise<InboxMessage>,
    onNew: (entry: InboxEntry) => void = () => {},
  ): Promise<InboxEntry | undefined> {
    return this.#inTurn(sessionFile, async () => {
      const folder = sessionFile + FOLDER;
      const digest = createHash("sha256").update(messageId).digest("hex").slice(0, 20);
      const [listing, message] = await Promise.all([
        listPrivateFolder(folder).then(
          (names) => ({ names }),
          (error: unknown) => ({ error }),
        ),
        incoming,
      ]);
      if (this.#isBroughtAgain(sessionFile, digest)) return undefined;
      if ("error" in listing) throw listing.error;
      const { names } = listing;
      const earlier = names.filter((name) => name.includes(digest));
      const accepted = earlier.map((name) => this.#isAccepted(path.join(folder, name)));
      if ((await Promise.all(accepted)).includes(true)) return undefined;
      await this.#forgetOld(folder, names);
      const place = String(nextPlace(names, message.acceptedAt)).padStart(PLACE_DIGITS, "0");
      const file = path.join(folder, `${place}-${digest}.json`);
      const entry: InboxEntry = { sessionFile, file, message };
      onNew(entry);
      try {
        await write(file, message);
      } catch (error) {
        entry.file = undefined;
        throw error;
      }
      this.#inHand.add(file);
      return entry;
    });
  }

  /** Notes how far a message has come; what comes late, after the note of a later stage, changes nothing. */
  async setStage(entry: InboxEntry, stage: InboxStage): Promise<void> {
    if (this.#finished.has(entry) || rank(stage) < rank(entry.message.stage)) return;
    entry.message = { ...entry.message, stage };
    // Without the one it would run twice, without the other its pictures would be missing.
    const isNews =
      stage.name === "running" && (stage.turnId === undefined || stage.pictures === true);
    const synced = isNews || this.#unsynced.has(entry);
    if (synced) this.#unsynced.add(entry);
    // The line end before it ends what a full disk may have cut off.
    const line = `\n${JSON.stringify({ stage })}\n`;
    await this.#inTurn(entry.sessionFile, async () => {
      if (entry.file !== undefined) await appendPrivateFile(entry.file, line, { synced });
      if (synced) this.#unsynced.delete(entry);
    });
  }

  /** Has a message that waits be another one. */
  async setInput(entry: InboxEntry, input: InboxMessage["input"]): Promise<void> {
    entry.message = { ...entry.message, input };
    const line = `\n${JSON.stringify({ input })}\n`;
    await this.#inTurn(entry.sessionFile, async () => {
      if (entry.file !== undefined) await appendPrivateFile(entry.file, line, { synced: true });
    });
  }

  /** Ends a message's stay; only its id is remembered. */
  async finish(entry: InboxEntry): Promise<void> {
    this.#finished.add(entry);
    await this.#inTurn(entry.sessionFile, async () => {
      const { file } = entry;
      if (file === undefined) return;
      const done = file.replace(/\.json$/, DONE);
      await rename(file, done);
      this.#inHand.delete(file);
      // Emptied under its old name, it would look like one that was never accepted, and its id would be forgotten.
      await syncFolder(path.dirname(done));
      await truncate(done);
    });
  }

  /** The messages of a session that an earlier process left, in order; from now on this one is busy with them. */
  recover(sessionFile: string): Promise<InboxEntry[]> {
    // In turn: a message that ends while the files are read would look like one that was left.
    return this.#inTurn(sessionFile, async () => {
      const left = (await this.list(sessionFile)).filter(
        ({ file }) => file !== undefined && !this.#inHand.has(file),
      );
      const files = left.flatMap(({ file }) => file ?? []);
      for (const file of files) this.#inHand.add(file);
      // A message that the channel brings again counts as accepted.
      await syncLeft(sessionFile + FOLDER, files);
      return left;
    });
  }

  /** A session's messages in order of arrival. What cannot be read is set aside and told. */
  async list(sessionFile: string): Promise<InboxEntry[]> {
    const folder = sessionFile + FOLDER;
    const entries: InboxEntry[] = [];
    for (const name of (await listPrivateFolder(folder)).toSorted()) {
      if (!name.endsWith(".json")) continue;
      const file = path.join(folder, name);
      const message = await this.#read(file);
      if (message !== undefined) entries.push({ sessionFile, file, message });
    }
    return entries;
  }

  /** The session files in a folder that have an inbox. */
  async sessions(folder: string): Promise<string[]> {
    return (await listAfterCrash(folder))
      .filter((name) => name.endsWith(FOLDER))
      .map((name) => path.join(folder, name.slice(0, -FOLDER.length)));
  }

  /** Whoever brings a message answers it, be it stored or not. */
  #isBroughtAgain(sessionFile: string, digest: string): boolean {
    const brought = this.#brought.get(sessionFile) ?? new Set();
    this.#brought.set(sessionFile, brought);
    if (brought.has(digest)) return true;
    brought.add(digest);
    keepNewest(brought, BROUGHT);
    return false;
  }

  /** Whether it was accepted, be it finished since; what was set aside never got an answer. */
  async #isAccepted(file: string): Promise<boolean> {
    if (file.endsWith(DONE)) return true;
    if (!file.endsWith(".json")) return false;
    return this.#inHand.has(file) || (await contentOf(file)) !== undefined;
  }

  async #read(file: string): Promise<InboxMessage | undefined> {
    try {
      const content = await contentOf(file);
      return content === undefined ? undefined : readMessage(content);
    } catch (error) {
      if (isShortage(error)) {
        this.#onShort();
        this.#warn(`a stored message cannot be read at the moment and waits: ${String(error)}`);
        return undefined;
      }
      const aside = await setAside(file).catch(() => file);
      this.#warn(`a stored message cannot be read and was set aside: ${path.basename(aside)}`);
      return undefined;
    }
  }

  async #forgetOld(folder: string, names: readonly string[]): Promise<void> {
    const done = names.filter((name) => name.endsWith(DONE)).toSorted();
    const old = done.slice(0, -REMEMBER_COUNT);
    await Promise.all(old.map((name) => rm(path.join(folder, name), { force: true })));
  }
}

/**
 * A number above those of all messages before: the time, or the next one where the clock was set back. The files of
 * version 0.1.0 begin with their time, in as many digits.
 */
function nextPlace(names: readonly string[], now: number): number {
  const places = names.map((name) => Number(/^\d{14}(?=-)/.exec(name)?.[0] ?? 0));
  return Math.max(now, ...places.map((place) => place + 1));
}

/**
 * What a file holds; undefined where there is none, or one that a crash has left in part: that goes, since its message
 * was not accepted, and the channel brings it again.
 */
async function contentOf(file: string): Promise<string | undefined> {
  const content = await readPrivateFile(file);
  if (content === undefined || hasFirstLine(content)) return content;
  await rm(file, { force: true });
  return undefined;
}

async function write(file: string, message: InboxMessage): Promise<void> {
  await createPrivateFile(file, `${JSON.stringify({ schemaVersion: 1, ...message })}\n`);
}

/** @throws where the first line is no message */
function readMessage(content: string): InboxMessage {
  const [first = "", ...notes] = content.split("\n");
  const message = messageSchema.parse(JSON.parse(first));
  let read = message;
  for (const note of notes) read = { ...read, ...readNote(note) };
  return read;
}

function readNote(line: string): z.infer<typeof noteSchema> | undefined {
  try {
    return line === "" ? undefined : noteSchema.parse(JSON.parse(line));
  } catch {
    // Cut off by a crash: what stood before it counts.
    return undefined;
  }
}

function rank(stage: InboxStage): number {
  return ["waiting", "running", "answered"].indexOf(stage.name);
}
