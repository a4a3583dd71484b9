import { LineDecoder } from "../../src/app-server/line-decoder.js";
import {
  MAX_MESSAGE_LENGTH,
  type Transport,
  type TransportListener,
} from "../../src/app-server/transport.js";

/** The stdio framing without a process: bytes in, lines out. */
export class FramedTransport implements Transport {
  readonly details = "";
  readonly isShared = false;
  readonly #write: (line: string) => void;
  #listener: TransportListener | undefined;
  #lines: LineDecoder | undefined;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  open(listener: TransportListener): void {
    this.#listener = listener;
    this.#lines = new LineDecoder(
      MAX_MESSAGE_LENGTH,
      (line) => listener.onMessage(line),
      () => listener.onGarbage("skipped a line that is too long"),
    );
  }

  readonly push = (chunk: Buffer): void => this.#lines?.push(chunk);

  send(message: string): void {
    this.#write(message);
  }

  async close(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onClose(new Error("closed"));
  }
}
