/**
 * Keeps the list of chats as the gateway has it: one reading at a time, and while nobody looks none. What changes
 * meanwhile is read next.
 */
import type { ChatList } from "./chat-list.js";
import type { PageGateway } from "./gateway.js";

type Source = Pick<PageGateway, "chats" | "isConnected" | "mayRead">;

/** `all`, or the sessions that have to be read. */
type Due = "all" | Set<string>;

export class ChatsReader {
  readonly #source: Source;
  readonly #list: ChatList;
  readonly #onRead: (error: unknown) => void;
  #due: Due = "all";
  #isReading = false;
  #isSeen = false;
  #hasEnded = false;

  /** @param onRead after each reading, with why it failed if it did */
  constructor(source: Source, list: ChatList, onRead: (error: unknown) => void) {
    this.#source = source;
    this.#list = list;
    this.#onRead = onRead;
  }

  /** Whether somebody looks. */
  setSeen(isSeen: boolean): void {
    // What was told while nobody looked was not read.
    if (isSeen && !this.#isSeen) this.#due = "all";
    this.#isSeen = isSeen;
    void this.#read();
  }

  /** @param sessions that have changed; all if undefined */
  changed(sessions: readonly string[] | undefined): void {
    if (sessions === undefined || this.#due === "all") this.#due = "all";
    else for (const session of sessions) this.#due.add(session);
    void this.#read();
  }

  end(): void {
    this.#hasEnded = true;
  }

  get #mayRead(): boolean {
    return this.#isSeen && !this.#hasEnded && this.#source.isConnected && this.#source.mayRead;
  }

  /** Never rejects. */
  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#mayRead && (this.#due === "all" || this.#due.size > 0)) {
      const due = this.#due;
      this.#due = new Set();
      // oxlint-disable-next-line no-await-in-loop -- One at a time, and what came meanwhile next.
      const error = await this.#readDue(due === "all" ? undefined : [...due]);
      if (this.#hasEnded) break;
      this.#onRead(error);
      if (error !== undefined) {
        // Read with the next change, or when whoever looks tries again.
        this.#due = "all";
        break;
      }
    }
    this.#isReading = false;
  }

  async #readDue(sessions: readonly string[] | undefined): Promise<unknown> {
    try {
      const chats = await this.#source.chats(sessions, { titles: false, follow: true });
      if (this.#hasEnded) return undefined;
      this.#list.take(chats, sessions, Date.now());
      void this.#readTitles();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** Codex has to be asked for them, so they come later. Never rejects. */
  async #readTitles(): Promise<void> {
    const sessions = this.#list.withoutTitle();
    if (sessions.length === 0) return;
    try {
      const chats = await this.#source.chats(sessions, { titles: true, follow: false });
      if (this.#hasEnded) return;
      this.#list.takeTitles(chats);
      this.#onRead(undefined);
    } catch {
      // The chats are shown without.
    }
  }
}
