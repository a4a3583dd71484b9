/** Looks after the bound chats while the plugin runs: at the start, again until their channels run, and now and then. */

/**
 * OpenClaw 2026.9.6 starts its channels some time after it says that it has started, and for a while a channel can be there
 * without its records.
 */
const SOON_MS = 3000;
const SOON_TIMES = 40;
const LATER_MS = 5 * 60_000;

/** `early`: some chat's record is not there, perhaps not yet. */
export type Look = "done" | "early";

export class BindingUpkeep {
  readonly #look: (isSettled: boolean) => Promise<Look>;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  /** `look` must not reject. It is told whether what OpenClaw does not hold by now is gone for good. */
  constructor(look: (isSettled: boolean) => Promise<Look>) {
    this.#look = look;
  }

  /** Looks now, and from then on by itself; settles with the first look. */
  async start(): Promise<void> {
    this.#isStopped = false;
    await this.#lookNow(SOON_TIMES);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #lookNow(timesLeft: number): Promise<void> {
    clearTimeout(this.#timer);
    // One after another: the gateway's start and the service's come at about the same time.
    const look = this.#looking.then(() => this.#look(timesLeft <= 0));
    this.#looking = look.then(() => undefined);
    const isSoon = (await look) === "early" && timesLeft > 0;
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#lookNow(timesLeft - 1), isSoon ? SOON_MS : LATER_MS);
    this.#timer.unref();
  }
}
