/**
 * What has to reach a chat, on disk until it did: one file for each in `<sessionFile>.outbox/`, named so that they sort
 * by their order and tell their ids, of which a post can have two, by digests. One that was sent is emptied and renamed to
 * `….done`, which keeps its ids from being posted a second time.
 *
 * A file's first line is what is to be sent; where its end is missing, a crash came before it was posted. Each line that
 * follows tells how far that has come; the last one that can be read counts.
 */
import { rename, rm, truncate } from "node:fs/promises";
import path from "node:path";
import { oneAtATime } from "../common/one-at-a-time.js";
import {
  appendPrivateFile,
  copyPrivateFile,
  createPrivateFile,
  hasFirstLine,
  isShortage,
  listAfterCrash,
  listPrivateFolder,
  makePrivateFolder,
  readPrivateFile,
  setAside,
  syncFolder,
  syncLeft,
} from "../host/private-files.js";
import {
  ATTACHMENT,
  DONE,
  digestOf,
  digestsIn,
  forgetOld,
  nameOf,
  numberIn,
  REMEMBER_COUNT,
} from "./outbox-ids.js";
import { itemOf, readItem, type Note, type OutboxItem, type OutboxPost } from "./outbox-item.js";

const FOLDER = ".outbox";
const ITEM = ".json";

type AddOptions = {
  attachment?: string | undefined;
  orElse?: readonly string[] | undefined;
  also?: string | undefined;
};

type Session = { digests: Set<string>; lastNumber: number };

/** What keeps the posts. */
export type OutboxStorage = Pick<
  OutboxStore,
  "add" | "has" | "recover" | "note" | "finish" | "giveUp" | "attachmentOf" | "sessions"
>;

export class OutboxStore {
  readonly #warn: (text: string) => void;
  readonly #onShort: () => void;
  readonly #inTurn = oneAtATime();
  readonly #sessions = new Map<string, Session>();
  readonly #inHand = new Set<string>();

  /** `onShort`: a post cannot be read now, and is to be read later. */
  constructor(warn: (text: string) => void, onShort: () => void = () => {}) {
    this.#warn = warn;
    this.#onShort = onShort;
  }

  /**
   * Stores a post: it is on disk when this resolves. Undefined where its id was posted before, or one of `orElse`. It is known
   * under `also` from now on, too. `attachment` is the file that it is about, which is copied. On a disk that takes
   * nothing a text lives in memory only.
   * @throws where a file could not be copied
   */
  add(
    sessionFile: string,
    post: OutboxPost,
    { attachment, orElse = [], also }: AddOptions = {},
  ): Promise<OutboxItem | undefined> {
    return this.#inTurn(sessionFile, async () => {
      const session = await this.#session(sessionFile);
      const digest = digestOf(post.id);
      if ([post.id, ...orElse].some((id) => session.digests.has(digestOf(id)))) return undefined;
      const digests = also === undefined ? [digest] : [digest, digestOf(also)];
      for (const one of digests) session.digests.add(one);
      session.lastNumber += 1;
      const name = nameOf(session.lastNumber, digests);
      const file = path.join(sessionFile + FOLDER, name + ITEM);
      const stored = { ...post, postedAt: Date.now() };
      const item = itemOf(sessionFile, file, stored);
      try {
        if (attachment !== undefined) {
          await makePrivateFolder(path.dirname(file));
          await copyPrivateFile(attachment, attachmentOf(file));
        }
        await createPrivateFile(file, `${JSON.stringify({ schemaVersion: 1, ...stored })}\n`);
        this.#inHand.add(file);
      } catch (error) {
        if (attachment !== undefined) {
          await rm(attachmentOf(file), { force: true });
          for (const one of digests) session.digests.delete(one);
          throw error;
        }
        item.file = undefined;
        this.#warn(`what is to be sent to a chat could not be stored: ${String(error)}`);
      }
      return item;
    });
  }

  /** Whether this id was posted in this session, be it sent since. */
  has(sessionFile: string, id: string): Promise<boolean> {
    return this.#inTurn(sessionFile, async () =>
      (await this.#session(sessionFile)).digests.has(digestOf(id)),
    );
  }

  /** What an earlier process left of a session, in order; from now on this one is busy with it. */
  recover(sessionFile: string): Promise<OutboxItem[]> {
    return this.#inTurn(sessionFile, async () => {
      await this.#session(sessionFile);
      const folder = sessionFile + FOLDER;
      const items: OutboxItem[] = [];
      for (const name of (await listPrivateFolder(folder)).toSorted()) {
        const file = path.join(folder, name);
        if (!name.endsWith(ITEM) || this.#inHand.has(file)) continue;
        const item = await this.#read(sessionFile, file);
        if (!item) continue;
        this.#inHand.add(file);
        items.push(item);
      }
      return items;
    });
  }

  /** Notes how far it has come. Never rejects: what is not noted is done again at the worst. */
  async note(item: OutboxItem, change: Note): Promise<void> {
    if (change.address) item.address = change.address;
    if (change.parts) item.parts = change.parts;
    if (change.progress) item.progress = change.progress;
    const { file } = item;
    if (file === undefined) return;
    try {
      // The line end before it ends what a full disk may have cut off.
      // What is known of a message on its way nobody could find out again after a loss of power.
      const synced = change.progress !== undefined;
      await appendPrivateFile(file, `\n${JSON.stringify(change)}\n`, { synced });
    } catch (error) {
      this.#warn(`how far a message to a chat has come could not be stored: ${String(error)}`);
    }
  }

  /** It needs nothing more; only its id is remembered. Never rejects. */
  async finish({ file }: OutboxItem): Promise<void> {
    if (file === undefined) return;
    try {
      const done = file.slice(0, -ITEM.length) + DONE;
      await rename(file, done);
      // Emptied under its old name, it would look like one that was never posted.
      await syncFolder(path.dirname(done));
      await Promise.all([truncate(done), rm(attachmentOf(file), { force: true })]);
    } catch (error) {
      this.#warn(`the file of a message that was sent could not be removed: ${String(error)}`);
    } finally {
      this.#inHand.delete(file);
    }
  }

  /** Keeps what nobody will send for whoever looks for it; returns where it lies. */
  async giveUp(item: OutboxItem): Promise<string | undefined> {
    const { file } = item;
    if (file === undefined) return undefined;
    this.#inHand.delete(file);
    const unsent = file.replace(/\.json$/, ".unsent");
    await rename(file, unsent);
    return unsent;
  }

  /** The path of the file that a post is about. */
  attachmentOf({ file }: OutboxItem): string {
    if (file === undefined) throw new Error("The file could not be stored.");
    return attachmentOf(file);
  }

  /** The session files in a folder that have an outbox. */
  async sessions(folder: string): Promise<string[]> {
    return (await listAfterCrash(folder))
      .filter((name) => name.endsWith(FOLDER))
      .map((name) => path.join(folder, name.slice(0, -FOLDER.length)));
  }

  async #session(sessionFile: string): Promise<Session> {
    const known = this.#sessions.get(sessionFile);
    // Looked through again now and then, or the ids of a year would be in memory. A post has two at most.
    if (known && known.digests.size < 4 * REMEMBER_COUNT) return known;
    const folder = sessionFile + FOLDER;
    const session: Session = { digests: new Set(), lastNumber: 0 };
    try {
      const names = await listPrivateFolder(folder);
      await forgetOld(folder, names);
      // What was set aside is not going to be sent, so it can be posted again; so can what a process had copied only when it died.
      const kept = names.filter(
        (name) => !name.includes("unreadable") && !name.endsWith(ATTACHMENT),
      );
      session.digests = new Set(kept.flatMap(digestsIn));
      // Whoever posts one of these again takes it for stored.
      const left = kept
        .filter((name) => name.endsWith(ITEM))
        .map((name) => path.join(folder, name));
      await syncLeft(
        folder,
        left.filter((file) => !this.#inHand.has(file)),
      );
      session.lastNumber = Math.max(0, ...names.map(numberIn));
    } catch (error) {
      this.#warn(`an outbox cannot be read: ${String(error)}`);
    }
    this.#sessions.set(sessionFile, session);
    return session;
  }

  async #read(sessionFile: string, file: string): Promise<OutboxItem | undefined> {
    try {
      const content = await readPrivateFile(file);
      if (content === undefined) return undefined;
      if (hasFirstLine(content)) return readItem(sessionFile, file, content);
      // Cut off by a crash before it was posted: whoever posts it does so again.
      await rm(file, { force: true });
      for (const one of digestsIn(path.basename(file))) {
        this.#sessions.get(sessionFile)?.digests.delete(one);
      }
      return undefined;
    } catch (error) {
      if (isShortage(error)) {
        this.#onShort();
        this.#warn(`a message to a chat cannot be read at the moment and waits: ${String(error)}`);
        return undefined;
      }
      const aside = await setAside(file).catch(() => file);
      this.#warn(`a message to a chat cannot be read and was set aside: ${aside}`);
      return undefined;
    }
  }
}

function attachmentOf(file: string): string {
  return file.slice(0, -ITEM.length) + ATTACHMENT;
}
