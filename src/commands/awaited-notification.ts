/** What Codex tells later of something that a command has begun: how a sign-in ends. */
import { keepClient } from "../app-server/kept-clients.js";
import type { CodexClient, CodexNotification } from "../app-server/protocol.js";

/** Listens from before it is begun, since it can end at once; whoever makes one waits or stops. */
export class AwaitedNotification {
  readonly #heard: CodexNotification[] = [];
  readonly #stops: (() => void)[];
  readonly #closed = Promise.withResolvers<"lost">();
  #onHeard: () => void = () => {};

  constructor(client: CodexClient, method: string) {
    this.#stops = [
      client.addNotificationHandler(
        (notification) => {
          if (notification.method !== method) return;
          this.#heard.push(notification);
          this.#onHeard();
        },
        { method },
      ),
      client.addCloseHandler(() => this.#closed.resolve("lost")),
      keepClient(client),
    ];
  }

  /**
   * The first that `read` knows for its own; `lost` if the connection ends first, `unknown` if nothing was told in time.
   * Never rejects.
   */
  async first<T>(
    read: (notification: CodexNotification) => T | undefined,
    withinMs: number,
  ): Promise<T | "lost" | "unknown"> {
    const told = Promise.withResolvers<T | "unknown">();
    const look = (): void => {
      for (const heard of this.#heard.splice(0)) {
        const known = read(heard);
        if (known !== undefined) told.resolve(known);
      }
    };
    this.#onHeard = look;
    look();
    const timer = setTimeout(() => told.resolve("unknown"), withinMs);
    timer.unref();
    try {
      return await Promise.race([told.promise, this.#closed.promise]);
    } finally {
      clearTimeout(timer);
      this.stop();
    }
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}
