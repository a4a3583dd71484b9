/**
 * The limit of a turn: a driver that writes the same lines as the plugin, splits and parses what comes back, and
 * looks for the reply. No time-outs, no routes, no files, no second thoughts.
 */
import { StringDecoder } from "node:string_decoder";
import { asObject, asString, type JsonObject } from "../../test/support/wire-guards.js";

/** Raw line splitting and JSON.parse. */
export class BareReader {
  readonly #decoder = new StringDecoder("utf8");
  readonly #onMessage: (message: unknown) => void;
  #rest = "";

  constructor(onMessage: (message: unknown) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#onMessage(JSON.parse(line));
  }
}

type Turn = { text: string; done: (reply: string) => void };

export class BareDriver {
  readonly #write: (line: string) => void;
  readonly #reader = new BareReader((message) => this.#receive(asObject(message)));
  readonly #answers = new Map<number, (result: JsonObject) => void>();
  readonly #turns = new Map<string, Turn>();
  #lastId = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  readonly push = (chunk: Buffer): void => this.#reader.push(chunk);

  async initialize(params: object): Promise<void> {
    await this.request("initialize", params);
    this.#write('{"method":"initialized"}\n');
  }

  request(method: string, params: object): Promise<JsonObject> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  /** Runs a turn; gives the last completed message of the agent. */
  turn(params: { threadId: string }): Promise<string> {
    return new Promise((resolve) => {
      this.#turns.set(params.threadId, { text: "", done: resolve });
      void this.request("turn/start", params);
    });
  }

  #receive(message: JsonObject): void {
    const { id, method } = message;
    if (typeof id === "number") {
      if (message["error"] !== undefined) throw new Error(JSON.stringify(message));
      this.#answers.get(id)?.(asObject(message["result"]));
      this.#answers.delete(id);
      return;
    }
    if (method !== "item/completed" && method !== "turn/completed") return;
    const params = asObject(message["params"]);
    const threadId = asString(params["threadId"]);
    const turn = this.#turns.get(threadId);
    if (turn === undefined) return;
    if (method === "turn/completed") {
      this.#turns.delete(threadId);
      turn.done(turn.text);
      return;
    }
    const item = asObject(params["item"]);
    if (item["type"] === "agentMessage") turn.text = asString(item["text"]);
  }
}
