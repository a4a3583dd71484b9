/** One chat of a run: what its person does, drawn from the seed. */
import { setTimeout as sleep } from "node:timers/promises";
import { writeCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { sessionFileOf } from "../../src/host/state.js";
import { words } from "../../src/words/words.js";
import { addressOf } from "./gateway/wire.js";
import type { Gateways } from "./gateways.js";
import { Seeded } from "./seeded.js";
import type { Act, ShownQuestion } from "./shown-questions.js";
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
  "steer the next one": 3,
  "drop the next one": 2,
  "bind anew while messages wait": 2,
  "detach while messages wait": 2,
  "the channel delivers twice": 3,
  "somebody unauthorised": 1,
} as const;

const DECISIONS = {
  "asked: allows by typing": 20,
  "asked: denies by typing": 10,
  "asked: denies with a reason": 10,
  "asked: clicks": 20,
  "asked: clicks twice at once": 10,
  "asked: clicks and types at once": 10,
  "asked: types, and clicks much later": 5,
  "asked: a stranger clicks first": 5,
  "asked: stops": 5,
  "asked: does nothing": 5,
} as const;

/** Nobody knows then whether Codex took the message. */
const STEER_FAILED = /^`\/codexchat steer` failed/;

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
    const decisions: Promise<void>[] = [];
    this.#transcript.onQuestion = (question) => {
      const decision = this.#decide(question).catch((error: unknown) => {
        this.failures.push(`a question could not be answered: ${String(error)}`);
      });
      decisions.push(decision);
    };
    await limit.run(() => this.#bind());
    while (this.#transcript.sent.length < messages && this.failures.length === 0) {
      await sleep(this.#random.int(0, 200));
      await limit.run(() => this.#step());
    }
    await Promise.all(decisions);
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
      case "steer the next one": {
        const [first, second] = await this.#two();
        const { reply, uncertain } = await this.#tried("steer");
        if (uncertain || reply === words.steered) second.shares = first.number;
        second.steerLost = STEER_FAILED.test(reply);
        return this.#answered([first, second]);
      }
      case "drop the next one": {
        const [first, second] = await this.#two();
        const list = await this.#command("queue");
        const number = new RegExp(`^(\\d+)\\. ${second.tag} `, "m").exec(list)?.[1];
        if (number === undefined) return this.#answered([first, second]);
        const { reply, uncertain, run, firstRun } = await this.#tried(`queue drop ${number}`);
        if (reply.startsWith("Dropped")) second.dropped = { run, certain: true };
        else if (uncertain) second.dropped = { run: firstRun, certain: false };
        return this.#answered(second.dropped === undefined ? [first, second] : [first]);
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

  /** A message, and one that waits behind it if the first takes long enough. */
  async #two(): Promise<[SentMessage, SentMessage]> {
    const both: [SentMessage, SentMessage] = [await this.#say(), await this.#say()];
    await sleep(this.#random.int(0, 60));
    return both;
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

  async #command(args: string): Promise<string> {
    return (await this.#tried(args)).reply;
  }

  /** `uncertain` where a gateway died over it: it may have been carried out before, too. */
  async #tried(
    args: string,
  ): Promise<{ reply: string; uncertain: boolean; run: number; firstRun: number }> {
    let firstRun: number | undefined;
    return this.#gateways.with(async (gateway, attempt) => {
      const { run } = this.#gateways;
      firstRun ??= run;
      const { reply } = await gateway.order({ do: "command", chat: this.#transcript.chat, args });
      return { reply: reply ?? "", uncertain: attempt > 0, run, firstRun };
    });
  }

  async #click(
    question: ShownQuestion,
    choice: Act["choice"],
    by: "click" | "stranger",
  ): Promise<void> {
    const data = question.buttons.find((button) => button.endsWith(`:${choice}`)) ?? "";
    const to = addressOf(this.#transcript.chat, question.number);
    await this.#gateways.with(async (gateway, attempt) => {
      const { reply } = await gateway.order({ do: "click", to, data, authorized: by === "click" });
      question.acts.push({ by, choice, told: reply ?? "", uncertain: attempt > 0 });
    });
  }

  async #type(question: ShownQuestion, choice: Act["choice"], reason = ""): Promise<void> {
    const verb = choice === "once" ? "approve" : "deny";
    const { reply, uncertain } = await this.#tried(`${verb} ${question.id} ${reason}`.trim());
    question.acts.push({ by: "command", choice, told: reply, uncertain });
  }

  /** What this chat's person does about a question of Codex; its own draw, since it comes in the middle of others. */
  async #decide(question: ShownQuestion): Promise<void> {
    const random = new Seeded(
      this.#settings.seed,
      "question",
      this.#transcript.chat,
      question.number,
    );
    const doing = random.weighted(DECISIONS);
    this.behaviour.set(doing, (this.behaviour.get(doing) ?? 0) + 1);
    await sleep(random.int(0, 60));
    switch (doing) {
      case "asked: allows by typing":
        return this.#type(question, "once");
      case "asked: denies by typing":
        return this.#type(question, "deny");
      case "asked: denies with a reason":
        return this.#type(question, "deny", "not now");
      case "asked: clicks":
        return this.#click(question, "once", "click");
      case "asked: clicks twice at once":
        await Promise.all([
          this.#click(question, "once", "click"),
          this.#click(question, "deny", "click"),
        ]);
        return;
      case "asked: clicks and types at once":
        await Promise.all([this.#click(question, "deny", "click"), this.#type(question, "once")]);
        return;
      case "asked: types, and clicks much later":
        await this.#type(question, "deny");
        await sleep(random.int(20, 400));
        return this.#click(question, "once", "click");
      case "asked: a stranger clicks first":
        await this.#click(question, "once", "stranger");
        return this.#type(question, "deny");
      case "asked: stops":
        await this.#command("stop");
        return;
      case "asked: does nothing":
        return;
    }
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
