/** The channel: takes texts, refuses them, loses its answers, limits its senders, is down for a while. */
import { Seeded } from "../support/seeded.js";
import type { Button, Chat } from "./chat.js";
import { readAddress } from "./chat.js";
import type { Ledger } from "./ledger.js";
import type { Life, Time } from "./time.js";

const OUTCOMES = {
  sent: 900,
  "sent slowly": 40,
  "not sent": 20,
  "sent, and the answer lost": 15,
  "lost on the way": 10,
  limited: 10,
  refused: 3,
  "never answered": 2,
} as const;
type Outcome = keyof typeof OUTCOMES;

const EDIT_OUTCOMES = { changed: 90, "not changed": 7, limited: 3 } as const;

/** Less than the plugin waits for what is being sent when it is stopped. */
const STOP_WAITS_MS = 3500;

type InFlight = { key: string; cancelArrival: () => void };

export class Channel {
  /** What may have been sent without anybody's knowing: it may come once more, marked. */
  readonly doubtful = new Set<string>();
  /** What the channel will not take. */
  readonly refused = new Set<string>();
  /** When something went wrong with sending to a chat. */
  readonly troubles: { chat: number; at: number }[] = [];
  /** Until then nothing goes through. */
  downUntil = 0;
  readonly #scheduler: Time;
  readonly #seed: number;
  readonly #chats: readonly Chat[];
  readonly #life: Life = { alive: true };
  readonly #ledger: Ledger;
  readonly #isFaulty: () => boolean;
  readonly #notedWithinMs: number;
  readonly #attempts = new Map<string, number>();
  readonly #inFlight = new Set<InFlight>();
  #answered: { key: string; at: number }[] = [];
  #ids = 0;
  #replacedAt = -Infinity;

  constructor(around: {
    scheduler: Time;
    seed: number;
    chats: readonly Chat[];
    ledger: Ledger;
    isFaulty: () => boolean;
    /** Longer than a slow disk takes to note that something was sent. */
    notedWithinMs: number;
  }) {
    this.#scheduler = around.scheduler;
    this.#seed = around.seed;
    this.#chats = around.chats;
    this.#ledger = around.ledger;
    this.#isFaulty = around.isFaulty;
    this.#notedWithinMs = around.notedWithinMs;
  }

  /** Sends a text for a process, which hears what became of it unless it is gone. @throws what channels throw */
  async send(
    from: { life: Life; run: number },
    to: string,
    text: string,
    buttons: readonly Button[] = [],
  ): Promise<{ messageId: string }> {
    const { chat: chatNumber, number } = readAddress(to);
    const chat = this.#chats[chatNumber - 1];
    if (!chat) throw new Error(`there is no chat ${chatNumber}`);
    const key = keyOf(to, text);
    const attempt = this.#attempts.get(key) ?? 0;
    this.#attempts.set(key, attempt + 1);
    const random = new Seeded(this.#seed, "channel", key, attempt);
    const outcome = this.#outcomeOf(random);
    if (outcome !== "sent") {
      this.#ledger.fault(`channel: ${outcome}`);
      this.troubles.push({ chat: chatNumber, at: this.#scheduler.now });
    }
    const id = (this.#ids += 1);
    const answer = Promise.withResolvers<{ messageId: string }>();
    const wayMs = outcome === "sent slowly" ? random.int(500, 20_000) : random.next() * 200;
    const backMs = random.next() * 200;
    const arrives =
      outcome === "sent" || outcome === "sent slowly" || outcome === "sent, and the answer lost";
    const flight: InFlight = { key, cancelArrival: () => {} };
    if (arrives) {
      flight.cancelArrival = this.#scheduler.after(wayMs, this.#life, () => {
        this.#scheduler.note(`channel > ${to} ${text}`);
        const { run } = from;
        chat.receive({ id, number, text, run, at: this.#scheduler.now, buttons });
      });
    }
    if (outcome === "sent, and the answer lost" || outcome === "lost on the way") {
      this.doubtful.add(key);
    }
    // It was about to be sent as its plugin was replaced, which does not wait for it that long.
    const isJustReplaced = this.#scheduler.now - this.#replacedAt < this.#notedWithinMs;
    if (isJustReplaced && wayMs + backMs > STOP_WAITS_MS) this.doubtful.add(key);
    if (outcome === "refused") this.refused.add(key);
    this.#inFlight.add(flight);
    if (outcome === "never answered") return answer.promise;
    this.#scheduler.after(wayMs + backMs, from.life, () => {
      this.#inFlight.delete(flight);
      this.#answered.push({ key, at: this.#scheduler.now });
      this.#scheduler.note(`channel ${outcome} ${to}`);
      const error = errorOf(outcome, random);
      if (error) answer.reject(error);
      else answer.resolve({ messageId: String(id) });
    });
    return answer.promise;
  }

  /** @throws what channels throw */
  async edit(
    from: { life: Life },
    to: string,
    id: number,
    text: string,
    buttons: readonly Button[] = [],
  ): Promise<void> {
    const { chat: chatNumber } = readAddress(to);
    const random = new Seeded(this.#seed, "edit", to, id, text);
    const outcome = this.#isFaulty() ? random.weighted(EDIT_OUTCOMES) : "changed";
    await this.#scheduler.sleep(random.next() * 300, from.life);
    if (outcome !== "changed") {
      this.#ledger.fault(`channel: an edit is ${outcome}`);
      this.troubles.push({ chat: chatNumber, at: this.#scheduler.now });
    }
    if (outcome === "not changed")
      throw new Error("Call to 'editMessageText' failed! (502: Bad Gateway)");
    if (outcome === "limited") throw limitError(random.int(1, 20));
    this.#scheduler.note(`channel edit ${to} ${id} ${text}`);
    this.#chats[chatNumber - 1]?.change(id, text, buttons);
  }

  /** The plugin is replaced, and does not wait for what takes long: its successor does not know of that. */
  senderReplaced(): void {
    this.#replacedAt = this.#scheduler.now;
    for (const { key } of this.#inFlight) this.doubtful.add(key);
  }

  /** The sender is gone. Of what was on its way some arrives, and nobody knows of any. */
  senderDied(): void {
    for (const { key, cancelArrival } of this.#inFlight) {
      this.doubtful.add(key);
      if (this.#scheduler.random.chance(0.5)) cancelArrival();
    }
    this.#inFlight.clear();
    // What has just arrived may not have been noted yet.
    const { now } = this.#scheduler;
    for (const { key, at } of this.#answered)
      if (at > now - this.#notedWithinMs) this.doubtful.add(key);
    this.#answered = [];
  }

  #outcomeOf(random: Seeded): Outcome {
    if (!this.#isFaulty()) return "sent";
    if (this.#scheduler.now < this.downUntil) return "not sent";
    return random.weighted(OUTCOMES);
  }
}

/** A text of one address. */
export function keyOf(to: string, text: string): string {
  return `${to} ${text.replace(/\n\n\(This may be a repeat\.\)$/, "")}`;
}

/** As grammY throws them. */
function errorOf(outcome: Outcome, random: Seeded): Error | undefined {
  switch (outcome) {
    case "not sent": {
      const cause = Object.assign(new Error("connect ECONNREFUSED 149.154.167.220:443"), {
        code: "ECONNREFUSED",
      });
      return Object.assign(new Error("Network request for 'sendMessage' failed!"), {
        error: cause,
      });
    }
    case "sent, and the answer lost":
    case "lost on the way":
      return Object.assign(new Error("Network request for 'sendMessage' failed!"), {
        error: Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }),
      });
    case "limited":
      return limitError(random.int(1, 40));
    case "refused":
      return Object.assign(
        new Error("Call to 'sendMessage' failed! (400: Bad Request: can't parse entities)"),
        { error_code: 400, description: "Bad Request: can't parse entities" },
      );
    default:
      return undefined;
  }
}

function limitError(seconds: number): Error {
  return Object.assign(
    new Error(`Call to 'sendMessage' failed! (429: Too Many Requests: retry after ${seconds})`),
    { error_code: 429, parameters: { retry_after: seconds } },
  );
}
