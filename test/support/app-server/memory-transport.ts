import type { Transport, TransportListener } from "../../../src/app-server/transport.js";

/** Two transports of which each receives what the other sends, one microtask later. */
export function linkedTransports(): [MemoryTransport, MemoryTransport] {
  const one = new MemoryTransport();
  const other = new MemoryTransport();
  one.peer = other;
  other.peer = one;
  return [one, other];
}

export class MemoryTransport implements Transport {
  details = "";
  /** Set, it carries messages as a WebSocket does that others have one of too. */
  isShared = false;
  peer: MemoryTransport | undefined;
  /** Set, it is thrown by the next `send`. */
  sendError: Error | undefined;
  /** The end of `close` waits for it, as for a process that takes its time. */
  gone: Promise<void> = Promise.resolve();
  /** How often it was told that commands were killed. */
  killed = 0;
  #listener: TransportListener | undefined;

  commandsKilled(): void {
    this.killed += 1;
  }

  open(listener: TransportListener): void {
    this.#listener = listener;
  }

  send(message: string): void {
    if (this.sendError !== undefined) throw this.sendError;
    queueMicrotask(() => this.peer?.receive(message));
  }

  receive(message: string): void {
    this.#listener?.onMessage(message);
  }

  async close(): Promise<void> {
    this.end(new Error("closed by this end"));
    this.peer?.end(new Error("closed by the other end"));
    await this.gone;
  }

  /** What a process does that dies. */
  end(reason: Error): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onClose(reason);
  }
}
