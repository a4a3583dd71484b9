/** The people of the chats: what they type and click beside their messages, and what they decide when Codex asks. */
import { tagsIn } from "./tags.js";
import { questionIdOf } from "../support/question-id.js";
import { addressOf, saysHeld, type Arrival, type Chat, type ChatAct, type Sent } from "./chat.js";
import { isCard, pressesOf, pressOn, type Press } from "./cards.js";
import { decide, type Decision } from "./decisions.js";
import type { RunningGateway } from "./computer.js";
import { describeError, type Ledger } from "./ledger.js";
import type { Life, Time } from "./time.js";
import { saysBound, saysDropped, saysMayBeGiven } from "./texts.js";

/** A click on a button, or a typed answer, and what was said to it. */
export type AnswerAct = {
  chat: number;
  question: Arrival;
  decision: Decision;
  at: number;
  run: number;
  /** Undefined if the gateway did not live to say it. */
  told: string | undefined;
};

export type PeopleWorld = {
  readonly seed: number;
  readonly scheduler: Time;
  readonly ledger: Ledger;
  /** The one that is there now, be it that it takes nothing yet. */
  readonly gateway: RunningGateway | undefined;
};

/** A person asks to be bound again and again until a gateway says yes. */
const BIND_TRIES = 40;
const BIND_AGAIN_MS = 1500;
/** Messages that are on hold are let go so soon. */
const RELEASED_AFTER_MS = 1200;

export class People {
  readonly answers: AnswerAct[] = [];
  readonly #world: PeopleWorld;
  readonly #life: Life = { alive: true };

  constructor(world: PeopleWorld, chats: readonly Chat[]) {
    this.#world = world;
    for (const chat of chats) chat.onQuestion = (question) => this.#decide(chat, question);
  }

  async bind(chat: Chat): Promise<void> {
    const { scheduler, ledger } = this.#world;
    for (let attempt = 0; attempt < BIND_TRIES; attempt += 1) {
      // oxlint-disable-next-line no-await-in-loop
      const reply = await this.command(chat, "bind", "bind");
      if (reply !== undefined && saysBound(reply)) return;
      // It has threads enough, and keeps the one that it has.
      if (reply?.includes("made many threads") === true) return;
      // oxlint-disable-next-line no-await-in-loop
      await scheduler.sleep(BIND_AGAIN_MS, this.#life);
    }
    ledger.failures.push(`chat ${chat.number} could not be bound`);
  }

  /** What is said to a command; undefined if no gateway was there to say anything, or if it died over it. */
  async command(chat: Chat, args: string, what?: ChatAct["what"]): Promise<string | undefined> {
    const { gateway, scheduler, ledger } = this.#world;
    if (!gateway?.isUp) return undefined;
    const { run } = gateway;
    const act: ChatAct = { at: scheduler.now, endedAt: undefined, what: what ?? "steer", run };
    if (what) chat.acts.push(act);
    scheduler.note(`c${chat.number} commands ${args}`);
    const reply = await Promise.race([
      gateway.command(chat.number, args).catch((error: unknown) => {
        ledger.failures.push(`/codexchat ${args} threw: ${describeError(error)}`);
        return "";
      }),
      gateway.gone.promise,
    ]);
    act.endedAt = scheduler.now;
    if (reply !== undefined) {
      act.told = reply;
      scheduler.note(`c${chat.number} is told ${reply}`);
      chat.replies.push(reply);
    }
    return reply;
  }

  async stop(chat: Chat, what: "stop" | "stop all"): Promise<void> {
    const reply = await this.command(chat, what, what);
    if (what === "stop" || reply === undefined) return;
    for (const line of reply.split("\n")) {
      for (const tag of tagsIn(line)) {
        const sent = sentAs(chat, tag);
        if (sent) sent.dropped = this.#droppedNow(!saysMayBeGiven(line));
      }
    }
  }

  /** Gives the next message of the line to the turn that runs. */
  async steerNext(chat: Chat): Promise<void> {
    const list = await this.command(chat, "queue");
    const next = sentAs(chat, /^1?\d*\. (c\d+\/m\d+) /m.exec(list ?? "")?.[1]);
    const reply = await this.command(chat, "steer", "steer");
    if (next && reply === undefined) next.steered = "maybe";
  }

  async drop(chat: Chat): Promise<void> {
    const list = await this.command(chat, "queue");
    const found = /^(\d+)\. (c\d+\/m\d+) /m.exec(list ?? "");
    const sent = sentAs(chat, found?.[2]);
    if (!found || !sent) return;
    // A gateway that dies over it may have dropped it.
    const dropped = this.#droppedNow(true);
    const reply = await this.command(chat, `queue drop ${found[1]}`);
    const isDropped = reply !== undefined && saysDropped(reply) && reply.includes(sent.tag);
    if (isDropped) sent.dropped = { ...dropped, at: this.#world.scheduler.now };
    else if (reply === undefined || saysMayBeGiven(reply)) {
      sent.dropped = { ...dropped, at: this.#world.scheduler.now, certain: false };
    }
  }

  /** On the oldest message that has buttons. */
  clickOld(chat: Chat): void {
    const old = chat.arrivals.find((one) => one.buttons.length > 0 && !isCard(one));
    if (old) void this.#click(chat, old, { do: "click", choice: "yes", by: "owner" });
  }

  /** Opens a card, and presses what stands on it. */
  async useCard(chat: Chat): Promise<void> {
    const { seed, scheduler } = this.#world;
    await this.command(chat, "");
    const { random, times } = pressesOf(seed, chat);
    for (let left = times; left > 0; left -= 1) {
      // oxlint-disable-next-line no-await-in-loop
      await scheduler.sleep(random.int(200, 4000), this.#life);
      const press = pressOn(chat, random);
      // oxlint-disable-next-line no-await-in-loop
      if (press) await this.#press(chat, press);
    }
  }

  async #press(chat: Chat, { card, button, what, drops }: Press): Promise<void> {
    const { gateway, scheduler } = this.#world;
    if (!gateway?.isUp) return;
    const act: ChatAct = {
      at: scheduler.now,
      endedAt: undefined,
      what: what ?? "steer",
      run: gateway.run,
    };
    if (what) chat.acts.push(act);
    // What became of it stands on the card.
    const dropped = sentAs(chat, drops);
    if (dropped) dropped.dropped ??= this.#droppedNow(false);
    const to = addressOf(chat.number, card.number);
    scheduler.note(`c${chat.number} presses ${button.label}`);
    const click = { to, messageId: card.id, data: button.value };
    await Promise.race([gateway.click(click, true), gateway.gone.promise]);
    act.endedAt = scheduler.now;
  }

  #droppedNow(certain: boolean): NonNullable<Sent["dropped"]> {
    const { scheduler, gateway } = this.#world;
    return { at: scheduler.now, certain, run: gateway?.run ?? 0 };
  }

  #decide(chat: Chat, question: Arrival): void {
    const { seed, scheduler } = this.#world;
    if (saysHeld(question.text)) {
      scheduler.after(RELEASED_AFTER_MS, this.#life, () => void this.#release(chat));
      return;
    }
    for (const { afterMs, decision } of decide(seed, question.text.slice(0, 80))) {
      scheduler.after(afterMs, this.#life, () => void this.#answer(chat, question, decision));
    }
  }

  /** Until a gateway has heard it. */
  async #release(chat: Chat): Promise<void> {
    for (let attempt = 0; attempt < BIND_TRIES; attempt += 1) {
      // oxlint-disable-next-line no-await-in-loop
      if ((await this.command(chat, "queue go")) !== undefined) return;
      // oxlint-disable-next-line no-await-in-loop
      await this.#world.scheduler.sleep(BIND_AGAIN_MS, this.#life);
    }
  }

  async #answer(chat: Chat, question: Arrival, decision: Decision): Promise<void> {
    switch (decision.do) {
      case "click":
        return this.#click(chat, question, decision);
      case "stop":
        return void (await this.command(chat, "stop", "stop"));
      case "nothing":
        return;
      case "type": {
        const buttons = question.buttons.map(({ value }) => value);
        const id = questionIdOf({ text: question.text, buttons });
        if (id === undefined) return;
        const act = this.#noteAnswer(chat, question, decision);
        act.told = await this.command(chat, `${decision.verb} ${id}`);
      }
    }
  }

  #noteAnswer(chat: Chat, question: Arrival, decision: Decision): AnswerAct {
    const { scheduler, gateway } = this.#world;
    const act: AnswerAct = {
      chat: chat.number,
      question,
      decision,
      at: scheduler.now,
      run: gateway?.run ?? 0,
      told: undefined,
    };
    this.answers.push(act);
    return act;
  }

  async #click(
    chat: Chat,
    question: Arrival,
    decision: Extract<Decision, { do: "click" }>,
  ): Promise<void> {
    const { gateway, scheduler } = this.#world;
    if (!gateway?.isUp) return;
    const refusal = question.buttons.find(({ value }) => value.endsWith(":deny"));
    const data = (decision.choice === "deny" ? refusal : question.buttons[0])?.value;
    if (data === undefined) return;
    const act = this.#noteAnswer(chat, question, decision);
    const to = addressOf(chat.number, question.number);
    scheduler.note(`c${chat.number} clicks ${data} by ${decision.by}`);
    act.told = await Promise.race([
      gateway.click({ to, messageId: question.id, data }, decision.by === "owner"),
      gateway.gone.promise,
    ]);
  }
}

function sentAs(chat: Chat, tag: string | undefined): Sent | undefined {
  return [...chat.sent.values()].find((sent) => sent.tag === tag);
}
