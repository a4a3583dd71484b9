/** A chat whose channel behaves as the real ones do: it takes messages, or fails in their way. */
import { Journal } from "../journal.js";
import type { ReplyAddress } from "../../../src/chat/delivery.js";
import { textOf } from "./quiet-chat.js";
import type { OutboxHost } from "../../../src/messages/outbox.js";

/** What becomes of a message; `taken` stands in the chat, whatever its sender hears. */
export type Fate = { taken: boolean; error?: Error } | "never settles";

export const TAKEN: Fate = { taken: true };

/** The connection ends after the request went out; the message is in the chat or not. */
export function lost(taken: boolean): Fate {
  const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  return { taken, error: new Error("Network request for 'sendMessage' failed!", { cause }) };
}

/** No connection is made. */
export function away(): Fate {
  const cause = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
  return { taken: false, error: new Error("Network request failed!", { cause }) };
}

/** The Bot API says no. */
export function refused(
  error_code: number,
  description: string,
  parameters: Record<string, unknown> = {},
): Fate {
  const message = `Call to 'sendMessage' failed! (${error_code}: ${description})`;
  return {
    taken: false,
    error: Object.assign(new Error(message), { error_code, description, parameters }),
  };
}

export class StrictChannel {
  /** What stands in the chats. */
  readonly shown = new Journal<{ to: string; text: string }>(
    "the chats",
    ({ to, text }) => `${to}: ${text}`,
  );
  /** What the channel was asked to send, in order. */
  readonly attempts = new Journal<string>("the attempts", (text) => text);
  readonly warnings: string[] = [];
  /** Decides what becomes of each message. */
  fate: (text: string, address: ReplyAddress) => Fate = () => TAKEN;
  /** An answer becomes the messages that stand between strokes. */
  readonly host: OutboxHost = {
    partsOf: async (_address, text) => text.split("|").map((part) => ({ text: part })),
    partsSince010: async (_address, text, sent) =>
      text
        .split(" ")
        .slice(sent)
        .map((part) => ({ text: part })),
    sendMessage: async (address, message) => {
      const text = textOf(message);
      this.attempts.append(text);
      const fate = this.fate(text, address);
      if (fate === "never settles") return this.#held.promise;
      if (fate.taken) this.shown.append({ to: address.to, text });
      if (fate.error) throw fate.error;
      return undefined;
    },
    warn: (text) => void this.warnings.push(text),
  };

  readonly #held = Promise.withResolvers<void>();

  /** Lets go of what never settles, so that a test need not wait for it. */
  release(): void {
    this.#held.resolve();
  }

  get tried(): string[] {
    return [...this.attempts.entries];
  }

  get texts(): string[] {
    return this.shown.entries.map(({ text }) => text);
  }
}
