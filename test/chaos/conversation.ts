/** One chat of a run: what its person does, drawn from the seed. */
import { setTimeout as sleep } from "node:timers/promises";
import { writeCodexAppServerBinding } from "../../src/app-server/session-binding.js";
import { sessionFileOf } from "../../src/conversation-state.js";
import type { Gateways } from "./gateways.js";
import { Seeded } from "./seeded.js";
import type { ChatTranscript, SentMessage } from "./transcripts.js";

/** Longer than any of the plugin's own waits under the suite's settings, deliveries that fail included. */
const ANSWERED_WITHIN_MS = 60_000;
const BIND_ATTEMPTS = 60;

const BEHAVIOUR = {
  "one message": 66,
  burst: 16,
  "burst at once": 6,
  "stop while it runs": 4,
  "steer while it runs": 2,
  "bind anew while messages wait": 2,
  "detach while messages wait": 2,
  "the channel delivers twice": 3,
  "somebody unauthorised": 1,
} as const;

export type ConversationSettings = {
  seed: number;
  stateDir: string;
  /** Messages to send. */
  messages: number;
  /** Names the app-server that this chat shares with others. */
  profile: string;
  /** Called for each message that was accepted. */
  onAccepted: () => void;
  /** How many steps may be under way at once, over all chats. */
  limit: { run<T>(step: () => Promise<T>): Promise<T> };
};

export class Conversation {
  readonly behaviour = new Map<string, number>();
  readonly failures: string[] = [];
  readonly #transcript: ChatTranscript;
  readonly #gateways: Gateways;
  readonly #settings: ConversationSettings;
  readonly #random: Seeded;

  constructor(transcript: ChatTranscript, gateways: Gateways, settings: ConversationSettings) {
    this.#transcript = transcript;
    this.#gateways = gateways;
    this.#settings = settings;
    this.#random = new Seeded(settings.seed, "person", transcript.chat);
  }

  async live(): Promise<void> {
    const { stateDir, profile, limit, messages } = this.#settings;
    const address = `chaos:${this.#transcript.chat}`;
    const key = { channel: "chaos", accountId: "default", from: address, to: address };
    // A bind keeps the profile, and with it the process, of what was bound before.
    const before = { threadId: "before", cwd: "/", authProfileId: profile, hasRun: false };
    await writeCodexAppServerBinding(sessionFileOf(stateDir, key), before);
    await limit.run(() => this.#bind());
    while (this.#transcript.sent.length < messages && this.failures.length === 0) {
      await sleep(this.#random.int(0, 200));
      await limit.run(() => this.#step());
    }
  }

  async #step(): Promise<void> {
    const doing = this.#random.weighted(BEHAVIOUR);
    this.behaviour.set(doing, (this.behaviour.get(doing) ?? 0) + 1);
    const random = this.#random;
    switch (doing) {
      case "one message":
        return this.#answered([await this.#say()]);
      case "burst":
        return this.#answered(await this.#burst(random.int(2, 4)));
      case "burst at once": {
        const messages = Array.from({ length: random.int(2, 8) }, () => this.#transcript.send());
        await Promise.all(messages.map((message) => this.#hand(message)));
        return this.#answered(messages);
      }
      case "stop while it runs": {
        const message = await this.#say();
        await sleep(random.int(0, 60));
        await this.#command("stop");
        return this.#answered([message]);
      }
      case "steer while it runs": {
        const message = await this.#say();
        await sleep(random.int(0, 60));
        await this.#command("steer be quick");
        return this.#answered([message]);
      }
      case "bind anew while messages wait": {
        const messages = await this.#burst(random.int(2, 4));
        await this.#command("bind");
        return this.#answered(messages);
      }
      case "detach while messages wait": {
        const messages = await this.#burst(random.int(2, 4));
        await this.#command("detach");
        await this.#answered(messages);
        return this.#bind();
      }
      case "the channel delivers twice": {
        const message = await this.#say();
        await sleep(random.int(0, 60));
        await this.#deliver(message);
        await this.#answered([message]);
        return this.#deliver(message);
      }
      case "somebody unauthorised": {
        await this.#gateways.with((gateway) =>
          gateway.order({
            do: "message",
            chat: this.#transcript.chat,
            number: 0,
            text: "c0/m0 open up",
            authorized: false,
          }),
        );
        return;
      }
    }
  }

  async #say(): Promise<SentMessage> {
    const message = this.#transcript.send();
    await this.#hand(message);
    return message;
  }

  async #burst(count: number): Promise<SentMessage[]> {
    const messages: SentMessage[] = [];
    for (let left = count; left > 0; left -= 1) messages.push(await this.#say());
    return messages;
  }

  async #hand(message: SentMessage): Promise<void> {
    await this.#deliver(message);
    this.#settings.onAccepted();
  }

  /** The channel brings a message until a gateway says that it has taken it. */
  async #deliver(message: SentMessage): Promise<void> {
    await this.#gateways.with((gateway, attempt) => {
      if (attempt > 0) message.resent = true;
      const { chat, number, tag } = message;
      const text = `${tag} please \u2028 do something`;
      return gateway.order({ do: "message", chat, number, text, authorized: true });
    });
  }

  #command(args: string): Promise<string> {
    return this.#gateways.with(async (gateway) => {
      const { reply } = await gateway.order({ do: "command", chat: this.#transcript.chat, args });
      return reply ?? "";
    });
  }

  async #bind(): Promise<void> {
    for (let attempt = 0; attempt < BIND_ATTEMPTS; attempt += 1) {
      const reply = await this.#command("bind");
      if (reply.startsWith("This chat is bound")) return;
      await sleep(500);
    }
    this.failures.push(`chat ${this.#transcript.chat} could not be bound`);
  }

  async #answered(messages: readonly SentMessage[]): Promise<void> {
    for (const { number, tag } of messages) {
      if (await this.#transcript.answered(number, ANSWERED_WITHIN_MS)) continue;
      this.failures.push(`${tag} was not answered in ${ANSWERED_WITHIN_MS / 1000} s`);
      return;
    }
  }
}
