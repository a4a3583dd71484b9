/**
 * A gateway with one channel, for the contract of channels: the same scenarios on each of them. What a channel brings is a
 * `PlayedChannel`; what it cannot do is in the plugin's table of channels, not here.
 */
import { CHANNELS } from "../../src/chat/abilities.js";
import { type Chain, startChain } from "../support/chain.js";
import type { ChannelMessage, PlayedChannel, SayOptions } from "../support/channel-service.js";
import type { GatewaySettings } from "../support/gateway-config.js";
import type { WaitOptions } from "../support/journal.js";
import type { ModelRequest } from "../support/model-request.js";
import { Gate, type Step } from "../support/responses-api.js";

const PROMPT = /Plugin bind approval required/;
const ALLOWED = /Allowed .+ to bind this conversation once\./;
const DENIED = /Denied /;
const DETACHED = /This chat is detached/;

const REPLY_TIMEOUT_MS = 45_000;

export const answerTo = (said: string): string => `Codex heard: ${said}`;

/** What a scenario needs of a channel under test. */
export interface ChannelStage {
  readonly channel: PlayedChannel;
  readonly chain: Chain;
  say(chat: string, text: string, options?: SayOptions): ChannelMessage;
  click(message: ChannelMessage, label: string): ChannelMessage;
  /** The first that the bot shows in the chat after `said` and that matches: a message, an edit or a notice. */
  replyTo(
    said: ChannelMessage,
    matches: string | RegExp,
    timeoutMs?: number,
  ): Promise<ChannelMessage>;
  /** A command, in words that reach OpenClaw as one, and its answer. */
  command(chat: string, text: string, answer: RegExp): Promise<ChannelMessage>;
  bind(chat: string): Promise<void>;
  deny(chat: string): Promise<void>;
  detach(chat: string): Promise<void>;
  /** Says something and waits for its answer. */
  talk(chat: string, text: string): Promise<ChannelMessage>;
  /** Turns that are asked this stay open until the gate opens. */
  holdTurnsAsked(said: string): Gate;
  /** What the model does when it is asked this, in place of its answer. */
  playWhenAsked(said: string, steps: readonly Step[]): void;
  /** Resolves once the model is asked this, and to the request. */
  asked(said: string): Promise<ModelRequest>;
  /** What the model was asked that has this text in its history. */
  requestsWith(text: string): readonly ModelRequest[];
  /** Resolves once a message has no buttons any more, or is gone. */
  withoutButtons(message: ChannelMessage): Promise<unknown>;
  /** What the bot has written in a chat since, edits left out. */
  saidSince(said: ChannelMessage): readonly ChannelMessage[];
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface StageOptions {
  /** Made once the chain runs for the channel that the chain itself brings. */
  readonly played: (chain: Chain) => PlayedChannel;
  /** The service of a channel that has to be installed. */
  readonly service?: PlayedChannel;
  readonly telegram?: GatewaySettings["telegram"];
}

export async function openStage(options: StageOptions): Promise<ChannelStage> {
  const { played, service, telegram } = options;
  const chain = await startChain({
    services: service ? [service] : [],
    settings: {
      ...(telegram && { telegram }),
    },
  });
  return new RunningStage(chain, played(chain));
}

class RunningStage implements ChannelStage {
  readonly chain: Chain;
  readonly channel: PlayedChannel;
  readonly #gates = new Map<string, Gate>();
  readonly #scripts = new Map<string, readonly Step[]>();

  constructor(chain: Chain, channel: PlayedChannel) {
    this.chain = chain;
    this.channel = channel;
    chain.model.script = (request) => {
      const { said } = request;
      const gate = this.#gates.get(said);
      // A picture stands in lines of its own.
      const script = this.#scripts.get(said) ?? this.#scripts.get(said.split("\n", 1)[0] ?? "");
      if (script) return script;
      return [
        ...(gate ? [{ do: "hold", gate } as const] : []),
        { do: "say", text: answerTo(said), phase: "final_answer" },
      ];
    };
  }

  say(chat: string, text: string, options?: SayOptions): ChannelMessage {
    return this.channel.say(chat, text, options);
  }

  click(message: ChannelMessage, label: string): ChannelMessage {
    return this.channel.click(message, label);
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
    const isByButton = CHANNELS[this.channel.channel]?.bind === "button";
    if (!isByButton) return this.command(chat, "bind", PROMPT);
    const offer = await this.command(chat, "bind", /^Press the button to bind/);
    return this.replyTo(this.click(offer, "Bind this chat"), PROMPT);
  }

  async bind(chat: string): Promise<void> {
    const prompt = await this.#askToBind(chat);
    await this.replyTo(this.click(prompt, "Allow once"), ALLOWED);
    // OpenClaw tells the plugin a moment after it has told the chat, and a test is faster than any person.
    await this.command(chat, "status", /^Codex thread: /);
  }

  async deny(chat: string): Promise<void> {
    const prompt = await this.#askToBind(chat);
    await this.replyTo(this.click(prompt, "Deny"), DENIED);
  }

  async detach(chat: string): Promise<void> {
    await this.command(chat, "detach", DETACHED);
  }

  talk(chat: string, text: string): Promise<ChannelMessage> {
    return this.replyTo(this.say(chat, text), answerTo(text));
  }

  holdTurnsAsked(said: string): Gate {
    const gate = new Gate();
    this.#gates.set(said, gate);
    return gate;
  }

  playWhenAsked(said: string, steps: readonly Step[]): void {
    this.#scripts.set(said, steps);
  }

  asked(said: string): Promise<ModelRequest> {
    const { requests } = this.chain.model;
    return requests.waitFor((request) => request.said === said, {
      timeoutMs: REPLY_TIMEOUT_MS,
    });
  }

  requestsWith(text: string): readonly ModelRequest[] {
    return this.chain.model.requests.entries.filter(({ history }) =>
      history.some((said) => said.includes(text)),
    );
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

  async restart(): Promise<void> {
    await this.chain.gateway.stop();
    await this.chain.gateway.run();
  }

  stop(): Promise<void> {
    return this.chain.stop();
  }
}
