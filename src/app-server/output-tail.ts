import { monotonicMs } from "../common/clock.js";
import { StringDecoder } from "node:string_decoder";
import { stripVTControlCharacters } from "node:util";

const MAX_LINES = 40;
const MAX_LENGTH = 4_096;
/** What was printed longer before a process's end than this has nothing to do with it. */
const LAST_WORDS_WITHIN_MS = 10_000;
const LAST_WORDS_LENGTH = 300;

/** A line of Codex's log, which tells of the turns of any chat: none is another's business. */
const LOGGED = /^\S*\d{4}-\d\d-\d\dT\S+\s+(?:TRACE|DEBUG|INFO|WARN|ERROR)\b/;
/** What is not a line of the log, or one that goes on, but said by a process that ends. */
const DYING = /^(?:thread '|fatal|error|panic)/i;

/** Keeps the end of what a process printed, for the message of the error that its end becomes. */
export class OutputTail {
  readonly #decoder = new StringDecoder("utf8");
  #text = "";
  #hasBegun = false;
  #printedAt = 0;

  /** The start is over: what was printed in it is no longer of interest. */
  begin(): void {
    this.#hasBegun = true;
    this.#text = "";
  }

  push(chunk: Buffer): void {
    const now = monotonicMs();
    if (this.#hasBegun && now - this.#printedAt > LAST_WORDS_WITHIN_MS) this.#text = "";
    this.#printedAt = now;
    this.#text = (this.#text + this.#decoder.write(chunk)).slice(-MAX_LENGTH);
  }

  /** What the process may have ended of: all that it said in its start, or just before its end. */
  lastWords(): string {
    if (!this.#hasBegun) return this.toString();
    if (monotonicMs() - this.#printedAt > LAST_WORDS_WITHIN_MS) return "";
    const telling = withoutLog(this.toString().split("\n")).join("\n");
    return telling.length > LAST_WORDS_LENGTH
      ? `${telling.slice(0, LAST_WORDS_LENGTH)}…`.toWellFormed()
      : telling;
  }

  /** At most 40 lines and 4096 characters, without colours and blank edges; "" if nothing was printed. */
  toString(): string {
    const lines = stripVTControlCharacters(this.#text).trim().split("\n");
    return lines.slice(-MAX_LINES).join("\n");
  }
}

/** A line of the log can go on in others, in which what a chat's command was stands. */
function withoutLog(lines: readonly string[]): string[] {
  let isLog = false;
  return lines.filter((line) => {
    if (LOGGED.test(line)) isLog = true;
    else if (DYING.test(line)) isLog = false;
    return !isLog;
  });
}
