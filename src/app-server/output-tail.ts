import { StringDecoder } from "node:string_decoder";
import { stripVTControlCharacters } from "node:util";

const MAX_LINES = 40;
const MAX_LENGTH = 4_096;

/** Keeps the end of what a process printed, for the message of the error that its end becomes. */
export class OutputTail {
  readonly #decoder = new StringDecoder("utf8");
  #text = "";

  push(chunk: Buffer): void {
    this.#text = (this.#text + this.#decoder.write(chunk)).slice(-MAX_LENGTH);
  }

  /** At most 40 lines and 4096 characters, without colours and blank edges; "" if nothing was printed. */
  toString(): string {
    const lines = stripVTControlCharacters(this.#text).trim().split("\n");
    return lines.slice(-MAX_LINES).join("\n");
  }
}
