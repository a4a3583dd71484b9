/** Tells a chat of what Codex says beside its work, each thing once. */
import type { CodexNotification } from "../app-server/protocol.js";
import { noticeIn, type Notice } from "../thread/notices.js";
import { noticeWords } from "../words/notice-words.js";

const REMEMBERED = 1000;

export class Notices {
  readonly #notify: (sessionFile: string, text: string) => Promise<void>;
  readonly #told = new Set<string>();

  /** `notify` must not reject. */
  constructor(notify: (sessionFile: string, text: string) => Promise<void>) {
    this.#notify = notify;
  }

  handleNotification(sessionFile: string, notification: CodexNotification): void {
    const notice = noticeIn(notification);
    const text = notice && noticeWords.notice(notice);
    if (!notice || text === undefined || !this.#isNew(keyOf(sessionFile, notice, text))) return;
    void this.#notify(sessionFile, text);
  }

  #isNew(key: string): boolean {
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    const [oldest] = this.#told;
    if (this.#told.size > REMEMBERED && oldest !== undefined) this.#told.delete(oldest);
    return true;
  }
}

/** The same action can be denied twice; a tool server that fails the same way each time is no news. */
function keyOf(sessionFile: string, notice: Notice, text: string): string {
  return JSON.stringify([sessionFile, notice.kind === "denied" ? notice.reviewId : text]);
}
