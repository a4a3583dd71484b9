import { CodexLocalError } from "./errors.js";
import { LineDecoder } from "./line-decoder.js";
import { CodexProcess } from "./process.js";
import type { CodexAppServerStartOptions } from "./start-options.js";
import {
  MAX_MESSAGE_LENGTH,
  MAX_UNSENT_BYTES,
  type Transport,
  type TransportListener,
} from "./transport.js";

/** From the first sign of an end until it is reported: time for the last output and the exit code to come. */
const LAST_WORDS_MS = 500;

/** `initialize` and `initialized`: whatever is sent after them goes to a process that has started. */
const HANDSHAKE_MESSAGES = 2;

/** One JSON object a line over the pipes of a child process. */
export class StdioTransport implements Transport {
  readonly isShared = false;
  readonly #process: CodexProcess;
  #listener: TransportListener | undefined;
  #ending: NodeJS.Timeout | undefined;
  #corked = false;
  #sent = 0;

  /** Starts the process. */
  constructor(options: CodexAppServerStartOptions) {
    this.#process = new CodexProcess(options);
  }

  get details(): string {
    return this.#process.stderrTail;
  }

  open(listener: TransportListener): void {
    this.#listener = listener;
    const { stdin, stdout, silent } = this.#process;
    const lines = new LineDecoder(
      MAX_MESSAGE_LENGTH,
      (line) => listener.onMessage(line),
      () => listener.onGarbage("skipped a line that is too long"),
    );
    stdout.on("data", (chunk: Buffer) => lines.push(chunk));
    // Node closes stdin when the process exits, so this tells of every end.
    for (const stream of [stdin, stdout]) stream.once("close", this.#beginEnd);
    void silent.then(this.#finish);
  }

  send(message: string): void {
    const { stdin } = this.#process;
    this.#sent += 1;
    if (this.#sent === HANDSHAKE_MESSAGES + 1) this.#process.beginUse();
    // The stream is the queue: it writes as fast as the child reads and keeps the rest, up to this bound.
    if (stdin.writableLength + message.length > MAX_UNSENT_BYTES) {
      throw new CodexLocalError("SEND_BUFFER_FULL", "Codex does not read what is sent to it.");
    }
    if (!this.#corked) {
      // What is sent in one turn of the event loop leaves in one write.
      this.#corked = true;
      stdin.cork();
      process.nextTick(() => {
        this.#corked = false;
        stdin.uncork();
      });
    }
    // Nothing comes of it if the child has just gone; that is about to be told.
    stdin.write(`${message}\n`);
  }

  commandsKilled(): void {
    this.#process.commandsKilled();
  }

  async close(): Promise<void> {
    await this.#process.stop();
    this.#finish();
  }

  readonly #beginEnd = (): void => {
    this.#ending ??= setTimeout(this.#finish, LAST_WORDS_MS);
  };

  readonly #finish = (): void => {
    clearTimeout(this.#ending);
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onClose(this.#process.describeEnd());
  };
}
