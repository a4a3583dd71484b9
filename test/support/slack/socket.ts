/** Socket Mode. https://docs.slack.dev/apis/events-api/using-socket-mode */
import type { Server } from "node:http";
import { WebSocketServer, type WebSocket } from "ws";
import { Journal } from "../journal.js";
import { asObject, asString, parseJson, type JsonObject } from "../wire-guards.js";
import { APP } from "./world.js";

export type EnvelopeType = "events_api" | "interactive" | "slash_commands";

export class SlackSocket {
  /** Each connection, as it said hello. */
  readonly connections = new Journal<number>("Slack's sockets", String);
  /** What a slash command was answered with, in the acknowledgement of its envelope. */
  onResponse: (envelopeId: string, payload: JsonObject) => void = () => undefined;
  readonly #server: WebSocketServer;
  readonly #sockets = new Set<WebSocket>();
  /** What nobody has acknowledged yet is sent again to whoever connects next. */
  readonly #open = new Map<string, string>();
  #count = 0;

  constructor(server: Server) {
    this.#server = new WebSocketServer({ server });
    this.#server.on("connection", (socket) => this.#connected(socket));
  }

  /** Returns the envelope's id. */
  send(type: EnvelopeType, payload: JsonObject): string {
    this.#count += 1;
    const id = `envelope-${this.#count}`;
    const envelope = {
      envelope_id: id,
      type,
      payload,
      accepts_response_payload: type !== "events_api",
    };
    const text = JSON.stringify(envelope);
    this.#open.set(id, text);
    for (const socket of this.#sockets) socket.send(text);
    return id;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.terminate();
    this.#server.close();
  }

  #connected(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.terminate());
    socket.on("message", (data: Buffer) => {
      const answer = asObject(parseJson(data.toString("utf8")));
      const id = asString(answer["envelope_id"]);
      this.#open.delete(id);
      const payload = asObject(answer["payload"]);
      if (Object.keys(payload).length > 0) this.onResponse(id, payload);
    });
    const hello = {
      type: "hello",
      num_connections: this.#sockets.size,
      connection_info: { app_id: APP },
      debug_info: {},
    };
    socket.send(JSON.stringify(hello));
    for (const text of this.#open.values()) socket.send(text);
    this.connections.append(this.#sockets.size);
  }
}
