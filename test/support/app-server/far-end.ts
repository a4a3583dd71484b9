import type { Transport } from "../../../src/app-server/transport.js";
import { Journal } from "../journal.js";
import { asObject, type JsonObject, parseJson } from "../wire-guards.js";

/** The app-server's end of a transport, in the hands of a test. */
export class FarEnd {
  /** All that the client has sent, in order. */
  readonly received = new Journal<JsonObject>("messages of the client", (message) =>
    JSON.stringify(message),
  );
  readonly #transport: Transport;
  readonly #closed = Promise.withResolvers<Error>();

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.open({
      onMessage: (text) => this.received.append(asObject(parseJson(text))),
      onClose: (reason) => this.#closed.resolve(reason),
      onGarbage: (kind) => this.received.append({ garbage: kind }),
    });
  }

  /** Settled when the client has gone. */
  get closed(): Promise<Error> {
    return this.#closed.promise;
  }

  /** A request, or notification, of the client with this method that came after `after`. */
  request(method: string, after?: JsonObject): Promise<JsonObject> {
    return this.received.waitFor((message) => message["method"] === method, { after });
  }

  /** The client's answer to the request that was sent with this id. */
  answer(id: string | number): Promise<JsonObject> {
    return this.received.waitFor((message) => message["id"] === id && !("method" in message));
  }

  requests(method: string): JsonObject[] {
    return this.received.entries.filter((message) => message["method"] === method);
  }

  send(message: JsonObject | string): void {
    this.#transport.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  succeed(request: JsonObject, result: unknown): void {
    this.send({ id: request["id"], result });
  }

  fail(request: JsonObject, error: { code: number; message: string; data?: unknown }): void {
    this.send({ id: request["id"], error });
  }

  /** Answers every request of this method from now on, those that came before too. */
  whenever(method: string, reply: (request: JsonObject) => void): void {
    const replyTo = (message: JsonObject): void => {
      if (message["method"] === method && "id" in message) reply(message);
    };
    this.received.entries.forEach(replyTo);
    this.received.onAppend(replyTo);
  }
}
