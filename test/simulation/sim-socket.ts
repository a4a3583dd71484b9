/** `WebSocket` of the package ws, as far as the plugin uses it, to the shared app-server of its machine. */
import { EventEmitter } from "node:events";
import type { SharedServer, SocketLink } from "./codex/shared-server.js";
import type { Life, Time } from "./time.js";

/** What the far end tells the socket. */
export type SocketFarEnd = {
  onFrame(frame: Buffer): void;
  onPong(): void;
  onEnd(code: number): void;
};

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

export type SocketSurroundings = {
  scheduler: Time;
  /** The process that dials. */
  life: Life;
  server: () => SharedServer | undefined;
  onOpen: (socket: { hangUp(): void }) => void;
};

/** The class that `import { WebSocket } from "ws"` gives a process. */
export function simWebSocket(around: SocketSurroundings) {
  const { scheduler, life } = around;
  return class SimWebSocket extends EventEmitter {
    static readonly CONNECTING = CONNECTING;
    static readonly OPEN = OPEN;
    static readonly CLOSING = CLOSING;
    static readonly CLOSED = CLOSED;
    readonly bufferedAmount = 0;
    readyState: number = CONNECTING;
    #link: SocketLink | undefined;

    constructor() {
      super();
      scheduler.after(scheduler.random.next() * 5, life, () => this.#dial());
    }

    send(text: string, done?: () => void): void {
      if (this.readyState === OPEN) this.#link?.send(text);
      done?.();
    }

    ping(): void {
      this.#link?.ping();
    }

    close(): void {
      if (this.readyState >= CLOSING) return;
      this.readyState = CLOSING;
      this.hangUp();
    }

    terminate(): void {
      if (this.readyState === CLOSED) return;
      this.hangUp();
      scheduler.after(0, life, () => this.#end(1006));
    }

    /** The far end learns that this one is gone. */
    hangUp(): void {
      const link = this.#link;
      this.#link = undefined;
      if (link) link.end();
      else scheduler.after(0, life, () => this.#end(1006));
    }

    #dial(): void {
      if (this.readyState !== CONNECTING) return;
      const link = around.server()?.accept(
        {
          onFrame: (frame) => void (this.readyState === OPEN && this.emit("message", frame, false)),
          onPong: () => void this.emit("pong"),
          onEnd: (code) => this.#end(code),
        },
        life,
      );
      if (!link) {
        const error = new Error("connect ECONNREFUSED 127.0.0.1:4500");
        this.emit("error", Object.assign(error, { code: "ECONNREFUSED" }));
        this.#end(1006);
        return;
      }
      this.#link = link;
      this.readyState = OPEN;
      around.onOpen(this);
      this.emit("open");
    }

    #end(code: number): void {
      if (this.readyState === CLOSED) return;
      this.readyState = CLOSED;
      this.#link = undefined;
      this.emit("close", code, Buffer.alloc(0));
    }
  };
}
