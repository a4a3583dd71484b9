import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { Journal } from "../journal.js";
import { asObject, asString, type JsonObject, parseJson } from "../wire-guards.js";

/** An app-server behind an address that is somebody else's: it answers what it must, and asks what it likes. */
export class HostileAppServer {
  /** All that clients have sent, in order. */
  readonly received = new Journal<JsonObject>("what the app-server was sent", (message) =>
    JSON.stringify(message),
  );
  /** Of each connection. */
  readonly headers: IncomingHttpHeaders[] = [];
  /** Whether it says that it has an account. */
  hasAccount = false;
  readonly #server: WebSocketServer;
  #client: WebSocket | undefined;
  #ids = 0;

  static async start(): Promise<HostileAppServer> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    return new HostileAppServer(server);
  }

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on("connection", (socket, request) => {
      this.#client = socket;
      this.headers.push(request.headers);
      socket.on("message", (data) => {
        if (Buffer.isBuffer(data)) this.#take(socket, asObject(parseJson(data.toString("utf8"))));
      });
    });
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return `ws://127.0.0.1:${address.port}`;
  }

  /** Asks the client something; gives the id, by which its answer is known. */
  ask(method: string, params: JsonObject): string {
    const id = `asked-${(this.#ids += 1)}`;
    this.#send({ id, method, params });
    return id;
  }

  tell(method: string, params: JsonObject): void {
    this.#send({ method, params });
  }

  /** The newest turn that was asked for. */
  async turn(said: string): Promise<{ threadId: string; turnId: string }> {
    const { params, id } = await this.received.waitFor(
      (message) =>
        message["method"] === "turn/start" && JSON.stringify(message["params"]).includes(said),
    );
    return { threadId: asString(asObject(params)["threadId"]), turnId: `turn-${String(id)}` };
  }

  /** The client's answers to these questions so far, by their ids. */
  answersTo(ids: readonly string[]): JsonObject[] {
    return this.received.entries.filter(
      (message) => !("method" in message) && ids.includes(asString(message["id"])),
    );
  }

  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }

  #take(socket: WebSocket, message: JsonObject): void {
    const { id, method } = message;
    if (method !== undefined && id !== undefined) {
      socket.send(JSON.stringify({ id, ...this.#answerTo(asString(method), message) }));
    }
    this.received.append(message);
  }

  #answerTo(method: string, { id, params }: JsonObject): JsonObject {
    switch (method) {
      case "initialize":
        return { result: { userAgent: "hostile/0.171.0 (Debian 12.0.0; x86_64) hostile" } };
      case "account/read":
        return {
          result: {
            account: this.hasAccount ? { type: "apiKey" } : null,
            requiresOpenaiAuth: true,
          },
        };
      case "thread/start":
        return { result: { thread: { id: `thread-${String(id)}` }, cwd: asObject(params)["cwd"] } };
      case "thread/resume": {
        const { threadId } = asObject(params);
        return { result: { thread: { id: threadId }, cwd: "/" } };
      }
      case "turn/start":
        return { result: { turn: { id: `turn-${String(id)}`, status: "inProgress", items: [] } } };
      default:
        return {
          error: { code: -32600, message: `Invalid request: unknown variant \`${method}\`` },
        };
    }
  }

  #send(message: JsonObject): void {
    this.#client?.send(JSON.stringify(message));
  }
}
