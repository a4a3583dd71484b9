import { readFileSync } from "node:fs";
import { WebSocket, type RawData } from "ws";
import { CodexLocalError } from "./errors.js";
import { settingOf, type CodexAppServerStartOptions } from "./start-options.js";
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
  /** The section of the settings that describes it. */
  readonly #setting: string;
  /** Without credentials and query. */
  readonly #address: string;
  readonly #gone = Promise.withResolvers<void>();
  /** Sent as soon as the socket is open: next to nothing, since a client begins with one `initialize`. */
  #queued: string[] = [];
  #wasOpen = false;
  #failure: string | undefined;
  /** The far end's certificate was not accepted. */
  #isRefused = false;
  #pings: NodeJS.Timeout | undefined;
  #answered = true;

  /** Dials. Throws a CodexLocalError if the address, the token or a header is none. */
  constructor(options: CodexAppServerStartOptions) {
    const { url = "", headers, authToken, caFile } = options;
    this.#setting = settingOf(options);
    const ca = caFile === undefined ? {} : { ca: readAuthorities(caFile, this.#setting) };
    const authorization = authToken === undefined ? {} : { Authorization: `Bearer ${authToken}` };
    try {
      const { protocol, host } = new URL(url);
      this.#address = `${protocol}//${host}`;
      this.#socket = new WebSocket(url, {
        ...ca,
        headers: { ...headers, ...authorization },
        handshakeTimeout: HANDSHAKE_MS,
        maxPayload: MAX_MESSAGE_LENGTH,
        perMessageDeflate: false,
      });
    } catch (cause) {
      const message =
        `Cannot dial the Codex app-server: ${this.#setting}.url must be a ws:// or wss:// address, ` +
        `${this.#setting}.authToken and ${this.#setting}.headers must be fit for HTTP headers.`;
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
        this.#failure ??= refusedCertificate(error) ?? codeOf(error) ?? error.message;
        this.#isRefused ||= refusedCertificate(error) !== undefined;
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
    const check = this.#isRefused
      ? `If an authority of your own has signed it, name that one's certificate in ${this.#setting}.caFile.`
      : `Check that it runs, and ${this.#setting}.url and ${this.#setting}.authToken.`;
    const message = `Could not connect to the Codex app-server at ${this.#address}: ${why}. ${check}`;
    return new CodexLocalError("START_FAILED", message);
  }
}

/** @throws CodexLocalError */
function readAuthorities(file: string, setting: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const why = codeOf(cause) ?? "it cannot be read";
    const message = `The certificates that ${setting}.caFile names cannot be read: ${why}.`;
    throw new CodexLocalError("START_FAILED", message, { cause });
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** Why the far end's certificate was not accepted, in words; undefined for every other failure. */
function refusedCertificate(error: Error): string | undefined {
  const code = codeOf(error);
  switch (code) {
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "its certificate is for another host";
    case "CERT_HAS_EXPIRED":
      return "its certificate has expired";
    case "CERT_NOT_YET_VALID":
      return "its certificate is not valid yet";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "CERT_SIGNATURE_FAILURE":
      return `its certificate is from nobody whom this gateway trusts (${code})`;
    default:
      return undefined;
  }
}

function refusal(status: number | undefined): string {
  if (status === 401) return "it refused the token (HTTP 401)";
  return `it answered HTTP ${status ?? "nothing"} instead of opening a WebSocket`;
}
