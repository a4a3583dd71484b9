import { WebSocketServer, type WebSocket } from "ws";
import { Journal } from "../journal.js";
import type { LoopbackServer } from "../loopback-server.js";
import { asObject, parseJson } from "../wire-guards.js";
import {
  APPLICATION_FLAGS,
  BOT,
  describeChannel,
  GENERAL,
  GUILD,
  GUILD_FACTS,
  THREAD,
} from "./world.js";

/** https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway */
const DISPATCH = 0;
const HEARTBEAT = 1;
const IDENTIFY = 2;
const RESUME = 6;
const HELLO = 10;
const HEARTBEAT_ACK = 11;

/** Discord's gateway: what tells a bot of messages and clicks. https://discord.com/developers/docs/events/gateway */
export class DiscordGateway {
  /** An entry for each session that began or was resumed. */
  readonly sessions = new Journal<object>("the sessions of Discord's gateway", () => "a session");
  readonly #server: WebSocketServer;
  readonly #sockets = new Set<WebSocket>();
  readonly url: string;
  #sequence = 0;
  /** What happened while no bot was there. */
  #missed: (readonly [string, object])[] = [];

  /** It listens where the REST API does, as the channel demands of an address other than Discord's. */
  constructor({ url, http }: LoopbackServer) {
    this.url = `${url.replace("http:", "ws:")}/`;
    this.#server = new WebSocketServer({ server: http });
    this.#server.on("connection", (socket) => this.#take(socket));
  }

  /** A bot that is shown offline is written to once it is back: what happens meanwhile is Discord's to forget. */
  dispatch(type: string, data: object): void {
    if (this.#sockets.size === 0) this.#missed.push([type, data]);
    for (const socket of this.#sockets) this.#tell(socket, type, data);
  }

  stop(): void {
    for (const socket of this.#sockets) socket.terminate();
    this.#server.close();
  }

  #take(socket: WebSocket): void {
    socket.on("close", () => this.#sockets.delete(socket));
    send(socket, { op: HELLO, d: { heartbeat_interval: 41_250 }, s: null, t: null });
    socket.on("message", (data: Buffer) => {
      const { op } = asObject(parseJson(data.toString("utf8")));
      if (op === HEARTBEAT) send(socket, { op: HEARTBEAT_ACK, d: null, s: null, t: null });
      if (op === IDENTIFY || op === RESUME) this.#begin(socket);
    });
  }

  #begin(socket: WebSocket): void {
    this.#sockets.add(socket);
    this.#tell(socket, "READY", {
      v: 10,
      user: BOT,
      guilds: [{ id: GUILD, unavailable: true }],
      session_id: "loopback",
      resume_gateway_url: this.url,
      application: { id: BOT.id, flags: APPLICATION_FLAGS },
    });
    this.#tell(socket, "GUILD_CREATE", {
      ...GUILD_FACTS,
      channels: [describeChannel(GENERAL)],
      threads: [describeChannel(THREAD)],
      members: [],
      voice_states: [],
      presences: [],
      joined_at: "2026-01-01T00:00:00Z",
    });
    this.sessions.append({});
    for (const [type, data] of this.#missed.splice(0)) this.#tell(socket, type, data);
  }

  #tell(socket: WebSocket, type: string, data: object): void {
    this.#sequence += 1;
    send(socket, { op: DISPATCH, t: type, s: this.#sequence, d: data });
  }
}

function send(socket: WebSocket, packet: object): void {
  socket.send(JSON.stringify(packet));
}
