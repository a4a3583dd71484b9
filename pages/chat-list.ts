/** Which chats are shown, in which order: without a browser. */
import type { BoundChat } from "../src/operator/facts.js";
import { searching } from "./search.js";

/** A chat with when it was heard of, so that what lasts goes on lasting. */
export type ShownChat = { chat: BoundChat; runningSince: number | undefined };

const NEED_SOMEBODY: ReadonlySet<string> = new Set(["asks", "held", "lost", "stranded", "asked"]);
const AT_WORK: ReadonlySet<string> = new Set(["running", "goal", "waiting"]);

export const needsSomebody = ({ chat }: ShownChat): boolean => NEED_SOMEBODY.has(chat.state);
export const isAtWork = ({ chat }: ShownChat): boolean => AT_WORK.has(chat.state);

export class ChatList {
  readonly #chats = new Map<string, ShownChat>();
  readonly #titles = new Map<string, string>();

  /** @param asked the sessions that were asked for, of which those that are missing are gone; all if undefined */
  take(chats: readonly BoundChat[], asked: readonly string[] | undefined, now: number): void {
    const here = new Set(chats.map(({ session }) => session));
    for (const session of asked ?? [...this.#chats.keys()]) {
      if (!here.has(session)) this.#chats.delete(session);
    }
    for (const chat of chats) {
      const { runningMs } = chat;
      const runningSince = runningMs === undefined ? undefined : now - runningMs;
      this.#chats.set(chat.session, { chat, runningSince });
    }
  }

  takeTitles(chats: readonly BoundChat[]): void {
    for (const { thread, title } of chats) {
      if (thread !== undefined && title !== undefined) this.#titles.set(thread, title);
    }
  }

  /** The sessions of threads whose title is not known, or that had none when it was asked for. */
  withoutTitle(): string[] {
    return [...this.#chats.values()]
      .filter(({ chat }) => chat.thread !== undefined && this.titleOf(chat) === undefined)
      .map(({ chat }) => chat.session);
  }

  titleOf({ thread }: BoundChat): string | undefined {
    return this.#titles.get(thread ?? "");
  }

  get all(): ShownChat[] {
    return [...this.#chats.values()];
  }

  /** Those that match, first who needs somebody, then what is at work, then the latest. */
  matching(search: string): ShownChat[] {
    const fits = searching(search);
    return this.all
      .filter(({ chat }) => fits(this.#searched(chat)))
      .toSorted(
        (one, other) =>
          rankOf(one) - rankOf(other) ||
          (other.chat.lastActivityAt ?? 0) - (one.chat.lastActivityAt ?? 0) ||
          one.chat.session.localeCompare(other.chat.session),
      );
  }

  #searched(chat: BoundChat): string {
    const { session, channel, account, thread, folder, server, state } = chat;
    return [
      this.titleOf(chat),
      session,
      channel,
      account,
      chat.chat,
      thread,
      folder,
      server,
      state,
    ].join("\n");
  }
}

function rankOf(shown: ShownChat): number {
  return needsSomebody(shown) ? 0 : isAtWork(shown) ? 1 : 2;
}
