/** How a service brings its events to a gateway: one after the other, each until it is taken. */
import { setTimeout as pause } from "node:timers/promises";

/** The services repeat what was not taken, and say of none when. */
const REPEATED_AFTER_MS = 250;

export interface Delivery {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export class Webhook {
  url = "";
  readonly #stopped = new AbortController();
  #delivered: Promise<void> = Promise.resolve();

  /** `sign` makes an attempt, as late as it is made. */
  deliver(sign: () => Delivery): void {
    this.#delivered = this.#delivered
      .then(() => this.#untilTaken(sign, this.#stopped.signal))
      // It was stopped before it was taken.
      .catch(() => undefined);
  }

  /** Resolves once the gateway has taken this, whatever else is on its way. */
  async reach(
    sign: () => Delivery,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<void> {
    const ends = [
      AbortSignal.timeout(timeoutMs),
      this.#stopped.signal,
      ...(signal ? [signal] : []),
    ];
    await this.#untilTaken(sign, AbortSignal.any(ends));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#delivered;
  }

  async #untilTaken(sign: () => Delivery, signal: AbortSignal): Promise<void> {
    for (;;) {
      const request = { method: "POST", ...sign(), signal };
      // oxlint-disable-next-line no-await-in-loop
      const response = await fetch(this.url, request).catch(() => undefined);
      // oxlint-disable-next-line no-await-in-loop
      await response?.body?.cancel();
      if (response?.ok) return;
      // oxlint-disable-next-line no-await-in-loop
      await pause(REPEATED_AFTER_MS, undefined, { signal });
    }
  }
}
