/**
 * A gateway and its channels, for the contract of channels: the same scenarios on each of them. What a channel brings is a
 * `PlayedChannel`; what it cannot do is in the plugin's table of channels, not here. The channels share the gateway, Codex
 * and its model, so what is said on one of them names it (`here`).
 */
import { join } from "node:path";
import { type ChannelAbilities, CHANNELS } from "../../src/chat/abilities.js";
import { type Chain, startChain } from "../support/chain.js";
import type {
  ChannelMessage,
  Person,
  PlayedChannel,
  SayOptions,
} from "../support/channel-service.js";

import type { WaitOptions } from "../support/journal.js";
import type { ModelRequest } from "../support/model-request.js";
import { PlayedTelegram } from "../support/played-telegram.js";
import type { Gate, Step } from "../support/responses-api.js";
import { answerTo, ScriptedTurns } from "../support/scripted-turns.js";
import { TelegramBotApi } from "../support/telegram-bot-api.js";
import type { JsonObject } from "../support/wire-guards.js";

const PROMPT = /Plugin bind approval required/;
/** Where OpenClaw shows no buttons, the plugin says how to answer. */
const PROMPT_TO_TYPE = /Plugin bind approval required[^]*Send `?\/codexchat allow`?/;
const ALLOWED = /Allowed .+ to bind this conversation once\./;
const ALLOWED_BY_TYPING = /^Allowed\. Codex answers here now/;
const DENIED = /Denied /;
const DETACHED = /This chat is detached/;

/** How a question is answered by typing. */
const TYPED = /\/codexchat approve ([0-9a-f]{6})/;

/** All channels share a busy machine: the bounds are for what hangs. */
export const REPLY_TIMEOUT_MS = 120_000;

/** What the plugin's table says of a channel. */
export function tableOf(channel: string): ChannelAbilities {
  const abilities = CHANNELS[channel];
  if (!abilities) throw new Error(`${channel} is not in the table of channels`);
  return abilities;
}

/** What a scenario needs of a channel under test. */
export interface ChannelStage {
  readonly channel: PlayedChannel;
  readonly chain: Chain;
  /** Words that are said on no other channel. */
  here(text: string): string;
  say(chat: string, text: string, options?: SayOptions): ChannelMessage;
  click(message: ChannelMessage, label: string, by?: Person): ChannelMessage;
  /** Answers a question by its button, or by typing where the channel has none. */
  decide(
    question: ChannelMessage,
    decision: "Allow once" | "Deny",
    by?: Person,
  ): Promise<ChannelMessage>;
  /** The first that the bot shows in the chat after `said` and that matches: a message, an edit or a notice. */
  replyTo(
    said: ChannelMessage,
    matches: string | RegExp,
    timeoutMs?: number,
  ): Promise<ChannelMessage>;
  /** A command, in words that reach OpenClaw as one, and its answer. */
  command(chat: string, text: string, answer: RegExp): Promise<ChannelMessage>;
  bind(chat: string): Promise<void>;
  /** Binds a chat unless it is bound. */
  haveBound(chat: string): Promise<void>;
  /** Asks for a bind that is not allowed: denied where it can be. */
  deny(chat: string): Promise<void>;
  detach(chat: string): Promise<void>;
  /** Says something and waits for its answer. */
  talk(chat: string, text: string): Promise<ChannelMessage>;
  /** Turns that are asked this stay open until the gate opens. */
  holdTurnsAsked(said: string): Gate;
  /** What the model does when it is asked this, in place of its answer. */
  playWhenAsked(said: string, steps: readonly Step[]): void;
  /** When it is asked this, the model wants to leave a file in the workspace; returns its path. */
  askForMark(said: string): string;
  /** Resolves once the model is asked this, and to the request. */
  asked(said: string): Promise<ModelRequest>;
  /** What the model was asked that has this text in its history. */
  requestsWith(text: string): readonly ModelRequest[];
  /** Resolves once a message has no buttons any more, or is gone. */
  withoutButtons(message: ChannelMessage): Promise<unknown>;
  /** What the bot has written in a chat since, edits left out. */
  saidSince(said: ChannelMessage): readonly ChannelMessage[];
}

/** A gateway with a stage for each of its channels. */
export interface OpenStages {
  readonly chain: Chain;
  readonly stages: readonly ChannelStage[];
  /** Another account of Telegram's. */
  readonly secondAccount?: ChannelStage;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * `services` are of channels that have to be installed; the chain itself brings Telegram. `secondAccount` is the Bot API of
 * another account there.
 */
export async function openStages(
  services: readonly PlayedChannel[] = [],
  secondAccount?: TelegramBotApi,
): Promise<OpenStages> {
  const chain = await startChain({ services, settings: { telegram: telegram(secondAccount) } });
  const turns = new ScriptedTurns(chain.model);
  const stageOf = (channel: PlayedChannel, name = channel.channel): ChannelStage =>
    new RunningStage(chain, { channel, name, turns });
  return {
    chain,
    stages: [new PlayedTelegram(chain.telegram), ...services].map((channel) => stageOf(channel)),
    ...(secondAccount && {
      secondAccount: stageOf(new PlayedTelegram(secondAccount), "the second account"),
    }),
    async restart() {
      await chain.gateway.stop();
      await chain.gateway.run();
    },
    stop: () => chain.stop(),
  };
}

function telegram(secondAccount: TelegramBotApi | undefined): JsonObject {
  const { settings } = PlayedTelegram;
  if (!secondAccount) return settings;
  const botToken = `2${TelegramBotApi.token}`;
  const second = { ...settings, botToken, apiRoot: secondAccount.url };
  return { ...settings, accounts: { default: {}, second } };
}

class RunningStage implements ChannelStage {
  readonly chain: Chain;
  readonly channel: PlayedChannel;
  readonly #name: string;
  readonly #turns: ScriptedTurns;

  constructor(
    chain: Chain,
    { channel, name, turns }: { channel: PlayedChannel; name: string; turns: ScriptedTurns },
  ) {
    this.chain = chain;
    this.channel = channel;
    this.#name = name;
    this.#turns = turns;
  }

  here(text: string): string {
    return `${text} on ${this.#name}`;
  }

  say(chat: string, text: string, options?: SayOptions): ChannelMessage {
    return this.channel.say(chat, text, options);
  }

  click(message: ChannelMessage, label: string, by?: Person): ChannelMessage {
    return this.channel.click(message, label, by);
  }

  async decide(
    question: ChannelMessage,
    decision: "Allow once" | "Deny",
    by: Person = "person",
  ): Promise<ChannelMessage> {
    if (tableOf(this.channel.channel).buttons) return this.click(question, decision, by);
    // A channel can send one question as several messages.
    const isOfChat = ({ chat }: ChannelMessage): boolean => chat === question.chat;
    const shown = this.channel.seen.entries.indexOf(question);
    const said = await this.channel.seen.waitFor(
      (entry) => isOfChat(entry) && entry.from === "bot" && TYPED.test(entry.text),
      {
        after: this.channel.seen.entries[shown - 1],
        about: isOfChat,
        timeoutMs: REPLY_TIMEOUT_MS,
      },
    );
    const id = TYPED.exec(said.text)?.[1] ?? "";
    const verb = decision === "Deny" ? "deny" : "approve";
    return this.say(question.chat, `/codexchat ${verb} ${id}`, { by });
  }

  replyTo(
    said: ChannelMessage,
    matches: string | RegExp,
    timeoutMs = REPLY_TIMEOUT_MS,
  ): Promise<ChannelMessage> {
    const isOfChat = ({ chat }: ChannelMessage): boolean => chat === said.chat;
    const wait: WaitOptions<ChannelMessage> = { after: said, about: isOfChat, timeoutMs };
    return this.channel.seen.waitFor(
      (entry) =>
        isOfChat(entry) &&
        entry.from === "bot" &&
        entry.kind !== "delete" &&
        (typeof matches === "string" ? entry.text === matches : matches.test(entry.text)),
      wait,
    );
  }

  command(chat: string, text: string, answer: RegExp): Promise<ChannelMessage> {
    return this.replyTo(this.say(chat, `/codexchat ${text}`), answer);
  }

  /** OpenClaw's question whether the chat may be bound. */
  async #askToBind(chat: string): Promise<ChannelMessage> {
    const { bind, approval } = tableOf(this.channel.channel);
    if (bind !== "button") {
      return this.command(chat, "bind", approval === "typed" ? PROMPT_TO_TYPE : PROMPT);
    }
    const offer = await this.command(chat, "bind", /^Press the button to bind/);
    return this.replyTo(this.click(offer, "Bind this chat"), PROMPT);
  }

  async bind(chat: string): Promise<void> {
    const prompt = await this.#askToBind(chat);
    if (tableOf(this.channel.channel).approval === "typed") {
      await this.command(chat, "allow", ALLOWED_BY_TYPING);
    } else {
      await this.replyTo(this.click(prompt, "Allow once"), ALLOWED);
    }
    // OpenClaw tells the plugin a moment after it has told the chat, and a test is faster than any person.
    await this.command(chat, "status", /^Codex thread: /);
  }

  async haveBound(chat: string): Promise<void> {
    const status = await this.command(chat, "status", /^Codex thread: |not bound/i);
    if (!status.text.startsWith("Codex thread: ")) await this.bind(chat);
  }

  async deny(chat: string): Promise<void> {
    const prompt = await this.#askToBind(chat);
    if (tableOf(this.channel.channel).approval === "typed") return;
    await this.replyTo(this.click(prompt, "Deny"), DENIED);
  }

  async detach(chat: string): Promise<void> {
    await this.command(chat, "detach", DETACHED);
  }

  talk(chat: string, text: string): Promise<ChannelMessage> {
    return this.replyTo(this.say(chat, text), answerTo(text));
  }

  holdTurnsAsked(said: string): Gate {
    return this.#turns.hold(said);
  }

  playWhenAsked(said: string, steps: readonly Step[]): void {
    this.#turns.play(said, steps);
  }

  askForMark(said: string): string {
    const file = join(this.chain.workspace, `${said.replaceAll(" ", "-")}.txt`);
    this.playWhenAsked(said, [
      { do: "shell", command: `printf %s marked > ${file}`, justification: "To leave a mark" },
      { do: "say", text: answerTo(said), phase: "final_answer" },
    ]);
    return file;
  }

  asked(said: string): Promise<ModelRequest> {
    const { requests } = this.chain.model;
    return requests.waitFor((request) => request.said === said, {
      timeoutMs: REPLY_TIMEOUT_MS,
    });
  }

  requestsWith(text: string): readonly ModelRequest[] {
    return this.#turns.requestsWith(text);
  }

  withoutButtons({ chat, id }: ChannelMessage): Promise<unknown> {
    return this.channel.seen.waitFor(
      (entry) =>
        entry.chat === chat &&
        entry.id === id &&
        (entry.kind === "delete" || (entry.kind === "edit" && entry.buttons.length === 0)),
      { about: (entry) => entry.chat === chat, timeoutMs: REPLY_TIMEOUT_MS },
    );
  }

  saidSince(said: ChannelMessage): readonly ChannelMessage[] {
    const { entries } = this.channel.seen;
    return entries
      .slice(entries.indexOf(said) + 1)
      .filter(({ chat, from, kind }) => chat === said.chat && from === "bot" && kind === "message");
  }
}
