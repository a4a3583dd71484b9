/** What a chat is told of what Codex says beside its work, each thing once. */
import type { CodexNotification } from "../app-server/protocol.js";
import { keepNewest } from "../common/keep-newest.js";
import { noticeIn, type Notice } from "../thread/notices.js";
import { noticeWords } from "../words/notice-words.js";

const REMEMBERED = 1000;
const HELD_PER_CHAT = 20;

/** `denied`: what the reviewer did not allow, which a person may. */
export type ToldNotice = {
  text: string;
  denied: Extract<Notice, { kind: "denied" }> | undefined;
};

export class Notices {
  readonly #told = new Set<string>();
  /** By session: for chats of which nothing has told yet where they are. */
  readonly #held = new Map<string, ToldNotice[]>();

  /** What the chat should be told of it; undefined if nothing, or if it has been told before. */
  wordsFor(sessionFile: string, notification: CodexNotification): ToldNotice | undefined {
    const notice = noticeIn(notification);
    const text = notice && noticeWords.notice(notice);
    if (!notice || text === undefined || !this.#isNew(keyOf(sessionFile, notice, text))) {
      return undefined;
    }
    return { text, denied: notice.kind === "denied" ? notice : undefined };
  }

  /** Keeps it until the chat's address is known. */
  hold(sessionFile: string, notice: ToldNotice): void {
    const held = [...(this.#held.get(sessionFile) ?? []), notice];
    this.#held.set(sessionFile, held.slice(-HELD_PER_CHAT));
    keepNewest(this.#held, REMEMBERED);
  }

  takeHeld(sessionFile: string): ToldNotice[] {
    const held = this.#held.get(sessionFile) ?? [];
    this.#held.delete(sessionFile);
    return held;
  }

  #isNew(key: string): boolean {
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    keepNewest(this.#told, REMEMBERED);
    return true;
  }
}

/** The same action can be denied twice; a tool server that fails the same way each time is no news. */
function keyOf(sessionFile: string, notice: Notice, text: string): string {
  return JSON.stringify([sessionFile, notice.kind === "denied" ? notice.reviewId : text]);
}
