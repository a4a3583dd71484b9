/** The channel's way in: it brings each chat's messages in order, and again if the gateway died over them. */
import type { Chat, Sent } from "./chat.js";
import type { Computer, RunningGateway } from "./computer.js";
import type { Incoming } from "./gateway.js";
import { describeError, type Ledger } from "./ledger.js";
import { pictureNamed } from "./pictures.js";
import type { Time } from "./time.js";

export type InboundWorld = {
  readonly scheduler: Time;
  readonly ledger: Ledger;
  readonly chats: readonly Chat[];
  readonly computer: Pick<Computer, "stage">;
  /** The one that is there now, be it that it takes nothing yet. */
  readonly gateway: RunningGateway | undefined;
};

export class Inbound {
  readonly #world: InboundWorld;
  /** Messages that the gateway has not taken yet, by chat, in order. */
  readonly #waiting: ReadonlyMap<number, Sent[]>;
  /** In which run each was brought last. */
  readonly #claims = new Map<Sent, number>();

  constructor(world: InboundWorld) {
    this.#world = world;
    this.#waiting = new Map(world.chats.map(({ number }) => [number, []]));
  }

  say(chat: Chat, number: number): void {
    this.#waiting.get(chat.number)?.push(chat.send(number, this.#world.scheduler.now));
    this.#hand(chat);
  }

  /** The channel brings one a second time that the gateway has taken. */
  sayAgain(chat: Chat, number: number): void {
    const sent = chat.sent.get(number);
    if (sent?.acceptedAt === undefined || sent.unrouted) return;
    this.#bring(this.#messageOf(chat, sent.number));
  }

  /** Somebody who may not. */
  stranger(chat: Chat): void {
    const text = "c0/m0 open up";
    const sentAt = clockAt(this.#world.scheduler.now);
    this.#bring({ chat: chat.number, number: 0, text, isAuthorized: false, sentAt });
  }

  /** A gateway is up, and gets what waits. */
  handAll(): void {
    for (const chat of this.#world.chats) this.#hand(chat);
  }

  #hand(chat: Chat): void {
    const { gateway } = this.#world;
    if (!gateway?.isUp) return;
    for (const sent of this.#waiting.get(chat.number) ?? []) {
      const isUnderWay = this.#claims.get(sent) === gateway.run;
      if (sent.acceptedAt === undefined && !isUnderWay) void this.#handOne(chat, sent, gateway);
    }
  }

  async #handOne(chat: Chat, sent: Sent, gateway: RunningGateway): Promise<void> {
    const { scheduler } = this.#world;
    if (this.#claims.has(sent)) sent.resent = true;
    this.#claims.set(sent, gateway.run);
    sent.handedAt ??= scheduler.now;
    scheduler.note(`c${chat.number} says ${sent.tag}`);
    try {
      const taken = await gateway.receive(this.#messageOf(chat, sent.number));
      sent.unrouted = taken === "unbound";
      scheduler.note(`${sent.tag} is ${taken}`);
    } catch (error) {
      // OpenClaw then takes the message for itself.
      sent.unrouted = true;
      this.#noteThrown(`the claim of ${sent.tag}`, error);
    }
    sent.acceptedAt = scheduler.now;
    const waiting = this.#waiting.get(chat.number);
    waiting?.splice(waiting.indexOf(sent), 1);
  }

  /** A message that nobody waits for an answer to. */
  #bring(message: Incoming): void {
    const { gateway } = this.#world;
    if (!gateway?.isUp) return;
    gateway.receive(message).catch((error: unknown) => this.#noteThrown("a claim", error));
  }

  /** A disk that fails may be told of. */
  #noteThrown(what: string, error: unknown): void {
    const { ledger, scheduler } = this.#world;
    if (ledger.diskTroubles.some(({ at }) => at > scheduler.now - 5000)) return;
    ledger.failures.push(`${what} threw: ${describeError(error)}`);
  }

  #messageOf(chat: Chat, number: number): Incoming {
    const text = `c${chat.number}/m${number} please \u2028 do something`;
    const { speaker, picture, sentAt = this.#world.scheduler.now } = chat.sent.get(number) ?? {};
    if (picture !== undefined) this.#world.computer.stage(picture, pictureNamed(number));
    return {
      chat: chat.number,
      number,
      text,
      isAuthorized: true,
      sentAt: clockAt(sentAt),
      ...(speaker === undefined ? {} : { speaker }),
      ...(picture === undefined ? {} : { picture }),
    };
  }
}

/** Telegram tells when a message was sent in whole seconds. */
function clockAt(time: number): number {
  return Math.floor(time / 1000) * 1000;
}
