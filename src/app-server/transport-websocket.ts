import { WebSocket, type RawData } from "ws";
import { CodexLocalError } from "./errors.js";
import type { CodexAppServerStartOptions } from "./start-options.js";
import {
  MAX_MESSAGE_LENGTH,
  MAX_UNSENT_BYTES,
  type Transport,
  type TransportListener,
} from "./transport.js";

const HANDSHAKE_MS = 10_000;

/** From one ping to the next; a far end that has not answered by then is taken for dead. */
const PING_MS = 30_000;

/** For the closing handshake; after it the socket is destroyed. */
const CLOSE_MS = 2_000;

/**
 * One JSON object a text frame to an app-server that listens. A frame that is too long ends the connection,
 * since the protocol knows no way to skip it.
 */
export class WebSocketTransport implements Transport {
  readonly isShared = true;
  readonly details = "";
  readonly #socket: WebSocket;
  /** Without credentials and query. */
  readonly #address: string;
  readonly #gone = Promise.withResolvers<void>();
  /** Sent as soon as the socket is open: next to nothing, since a client begins with one `initialize`. */
  #queued: string[] = [];
  #wasOpen = false;
  #failure: string | undefined;
  #pings: NodeJS.Timeout | undefined;
  #answered = true;

  /** Dials. Throws a CodexLocalError if the address, the token or a header is none. */
  constructor({ url = "", headers, authToken }: CodexAppServerStartOptions) {
    const authorization = authToken === undefined ? {} : { Authorization: `Bearer ${authToken}` };
    try {
      const { protocol, host } = new URL(url);
      this.#address = `${protocol}//${host}`;
      this.#socket = new WebSocket(url, {
        headers: { ...headers, ...authorization },
        handshakeTimeout: HANDSHAKE_MS,
        maxPayload: MAX_MESSAGE_LENGTH,
        perMessageDeflate: false,
      });
    } catch (cause) {
      const message =
        "Cannot dial the Codex app-server: appServer.url must be a ws:// or wss:// address, " +
        "appServer.authToken and appServer.headers must be fit for HTTP headers.";
      throw new CodexLocalError("START_FAILED", message, { cause });
    }
  }

  open(listener: TransportListener): void {
    this.#socket
      .on("open", () => this.#onOpen())
      .on("pong", () => void (this.#answered = true))
      .on("message", (data, isBinary) => this.#onMessage(listener, data, isBinary))
      .on("unexpected-response", (_request, { statusCode }) => {
        this.#failure = refusal(statusCode);
        this.#socket.terminate();
      })
      .on("error", (error) => {
        this.#failure ??= "code" in error ? String(error.code) : error.message;
      })
      .once("close", (code) => {
        clearInterval(this.#pings);
        this.#gone.resolve();
        listener.onClose(this.#describeEnd(code));
      });
  }

  send(message: string): void {
    if (this.#socket.readyState === WebSocket.CONNECTING) {
      this.#queued.push(message);
      return;
    }
    if (this.#socket.bufferedAmount + message.length > MAX_UNSENT_BYTES) {
      throw new CodexLocalError("SEND_BUFFER_FULL", "Codex does not read what is sent to it.");
    }
    // A socket that is closing drops it; its end is about to be told.
    this.#socket.send(message, () => {});
  }

  async close(): Promise<void> {
    this.#socket.close();
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_MS);
    await this.#gone.promise;
    clearTimeout(timer);
  }

  #onOpen(): void {
    this.#wasOpen = true;
    for (const message of this.#queued) this.send(message);
    this.#queued = [];
    this.#pings = setInterval(() => this.#ping(), PING_MS);
  }

  #onMessage(listener: TransportListener, data: RawData, isBinary: boolean): void {
    if (isBinary || !Buffer.isBuffer(data)) listener.onGarbage("ignored a binary frame");
    else listener.onMessage(data.toString());
  }

  #ping(): void {
    if (this.#answered) {
      this.#answered = false;
      this.#socket.ping();
      return;
    }
    this.#failure = "it no longer answers";
    this.#socket.terminate();
  }

  #describeEnd(closeCode: number): CodexLocalError {
    if (this.#wasOpen) {
      const why = this.#failure ?? `close code ${closeCode}`;
      const message = `The connection to the Codex app-server at ${this.#address} ended: ${why}.`;
      return new CodexLocalError("CONNECTION_CLOSED", message);
    }
    const why = this.#failure ?? "the connection ended during the handshake";
    const message = `Could not connect to the Codex app-server at ${this.#address}: ${why}. Check that it runs, and appServer.url and appServer.authToken.`;
    return new CodexLocalError("START_FAILED", message);
  }
}

function refusal(status: number | undefined): string {
  if (status === 401) return "it refused the token (HTTP 401)";
  return `it answered HTTP ${status ?? "nothing"} instead of opening a WebSocket`;
}
