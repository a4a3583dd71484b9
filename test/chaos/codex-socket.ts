/** The simulation's shared app-server behind a real WebSocket, for gateways that dial it. */
import { once } from "node:events";
import { WebSocketServer, type WebSocket } from "ws";
import type { SharedServer } from "../simulation/codex/shared-server.js";
import type { Life } from "../simulation/time.js";

export class CodexSocket {
  readonly url: string;
  readonly #listener: WebSocketServer;

  static async open(shared: () => SharedServer | undefined): Promise<CodexSocket> {
    const listener = new WebSocketServer({ host: "127.0.0.1", port: 0, autoPong: false });
    listener.on("connection", (socket) => admit(socket, shared()));
    await once(listener, "listening");
    return new CodexSocket(listener);
  }

  private constructor(listener: WebSocketServer) {
    this.#listener = listener;
    const address = listener.address();
    const port = typeof address === "object" ? address?.port : undefined;
    this.url = `ws://127.0.0.1:${port}`;
  }

  close(): void {
    for (const socket of this.#listener.clients) socket.terminate();
    this.#listener.close();
  }
}

function admit(socket: WebSocket, shared: SharedServer | undefined): void {
  const life: Life = { alive: true };
  const link = shared?.accept(
    {
      onFrame: (frame) => socket.send(frame, { binary: false }),
      onPong: () => socket.pong(),
      onEnd: () => socket.terminate(),
    },
    life,
  );
  socket.on("error", () => {});
  // Nobody listens behind it.
  if (!link) {
    socket.terminate();
    return;
  }
  socket.on("message", (data) => link.send(textOf(data)));
  socket.on("ping", () => link.ping());
  socket.on("close", () => {
    life.alive = false;
    link.end();
  });
}

function textOf(data: Buffer | ArrayBuffer | Buffer[]): string {
  const parts = Array.isArray(data) ? data : [data];
  return Buffer.concat(
    parts.map((part) => (Buffer.isBuffer(part) ? part : Buffer.from(part))),
  ).toString();
}
