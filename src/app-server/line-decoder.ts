import { StringDecoder } from "node:string_decoder";

const CARRIAGE_RETURN = 13;

/**
 * Cuts a byte stream into lines at LF, and only there: `node:readline` also splits at U+2028 and U+2029,
 * which Codex emits raw inside JSON strings.
 *
 * A line longer than `maxLength` (UTF-16 units) is skipped and reported, and the stream goes on: the
 * connection is shared by many chats, and one line lost costs at most one of them a time-out.
 */
export class LineDecoder {
  readonly #decoder = new StringDecoder("utf8");
  readonly #maxLength: number;
  readonly #onLine: (line: string) => void;
  readonly #onOversized: () => void;
  /** The unfinished line, in the pieces in which it came: joined once, so a long line costs linear time. */
  #pieces: string[] = [];
  #length = 0;
  #skipping = false;

  constructor(maxLength: number, onLine: (line: string) => void, onOversized: () => void) {
    this.#maxLength = maxLength;
    this.#onLine = onLine;
    this.#onOversized = onOversized;
  }

  push(chunk: Buffer): void {
    const text = this.#decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      this.#finishLine(text.slice(start, end));
      start = end + 1;
    }
    if (start < text.length) this.#keep(text.slice(start));
  }

  #finishLine(last: string): void {
    if (this.#length > 0 || this.#skipping) {
      this.#keep(last);
      last = this.#pieces.join("");
      this.#pieces = [];
      this.#length = 0;
      if (this.#skipping) {
        this.#skipping = false;
        return;
      }
    } else if (last.length > this.#maxLength) {
      this.#onOversized();
      return;
    }
    const line = last.charCodeAt(last.length - 1) === CARRIAGE_RETURN ? last.slice(0, -1) : last;
    if (line !== "") this.#onLine(line);
  }

  #keep(piece: string): void {
    if (this.#skipping) return;
    this.#length += piece.length;
    if (this.#length <= this.#maxLength) {
      this.#pieces.push(piece);
      return;
    }
    this.#pieces = [];
    this.#length = 0;
    this.#skipping = true;
    this.#onOversized();
  }
}
