/** One chat as its people see it, with what is known of each message that they sent. */
import { holdWords } from "../../src/words/hold-words.js";
import { queueWords } from "../../src/words/queue-words.js";
import { outboxWords } from "../../src/words/outbox-words.js";
import { tagOf, type Tag } from "./tags.js";

export type Sent = {
  number: number;
  tag: Tag;
  sentAt: number;
  /** Who said it, in a group. */
  speaker: string | undefined;
  /** The path of the picture that came with it. */
  picture: string | undefined;
  /** Given to the gateway for the first time, since it can be down. */
  handedAt: number | undefined;
  /** The claim ended: from then on it is the plugin's to answer. */
  acceptedAt: number | undefined;
  /** It was brought a second time, since the first gateway died over it. */
  resent: boolean;
  /** The chat was not bound, so nobody but the host had it. */
  unrouted: boolean;
  /** It could not be stored, which is known by the fault that the disk had. */
  unstored: boolean;
  dropped: { at: number; certain: boolean; run: number } | undefined;
  /** Given to the running turn by a command; `maybe` where the gateway died over that. */
  steered: "yes" | "maybe" | undefined;
};

export type Button = { label: string; value: string };

export type Arrival = {
  id: number;
  /** The message that it answers, by its address. */
  number: number;
  /** Without the mark of a repeat. */
  text: string;
  isRepeat: boolean;
  run: number;
  at: number;
  /** Those that stand there now; a question's stay, as a person can press them who has not seen its change. */
  buttons: readonly Button[];
  changes: string[];
};

/** Something that a person did to the chat itself. */
export type ChatAct = {
  at: number;
  endedAt: number | undefined;
  /** What was said to it, if a gateway lived to say anything. */
  told?: string;
  what: "stop" | "stop all" | "detach" | "bind" | "steer" | "goal" | "goal pause" | "goal clear";
  run: number;
};

/** Some chats are groups. */
const SPEAKERS = ["Ann", "Bo", "Cy"] as const;

function speakerOf(chat: number, number: number): string | undefined {
  return chat % 4 === 3 ? SPEAKERS[number % SPEAKERS.length] : undefined;
}

/** With every ninth message. */
function hasPicture(number: number): boolean {
  return number % 9 === 4;
}

const REPEAT = `\n\n${outboxWords.repeat}`;

export class Chat {
  readonly number: number;
  readonly sent = new Map<number, Sent>();
  readonly arrivals: Arrival[] = [];
  readonly acts: ChatAct[] = [];
  /** Replies to its commands and clicks. */
  readonly replies: string[] = [];
  readonly #inbound: string;
  #onQuestion: ((arrival: Arrival) => void) | undefined;

  /** `inbound`: the folder of what comes with messages. */
  constructor(number: number, inbound: string) {
    this.number = number;
    this.#inbound = inbound;
  }

  set onQuestion(listener: (arrival: Arrival) => void) {
    this.#onQuestion = listener;
  }

  send(number: number, now: number): Sent {
    const sent: Sent = {
      number,
      tag: tagOf(this.number, number),
      sentAt: now,
      speaker: speakerOf(this.number, number),
      picture: hasPicture(number) ? `${this.#inbound}/c${this.number}-m${number}.png` : undefined,
      handedAt: undefined,
      acceptedAt: undefined,
      resent: false,
      unrouted: false,
      unstored: false,
      dropped: undefined,
      steered: undefined,
    };
    this.sent.set(number, sent);
    return sent;
  }

  receive(arrived: Omit<Arrival, "isRepeat" | "changes">): void {
    const text = arrived.text.replace(REPEAT, "");
    const arrival = { ...arrived, text, isRepeat: text !== arrived.text, changes: [] };
    this.arrivals.push(arrival);
    if (isQuestion(text) || saysHeld(text)) this.#onQuestion?.(arrival);
  }

  change(id: number, text: string, buttons: readonly Button[]): void {
    const changed = this.arrivals.find((arrival) => arrival.id === id);
    if (!changed) return;
    changed.changes.push(text);
    if (buttons.length > 0) changed.buttons = buttons;
  }
}

const HOLDS = holdWords.ask(1).slice(-12);

/** Messages wait until somebody says that they may run: a turn before them has failed. */
export function saysHeld(text: string): boolean {
  return text.includes(HOLDS) || text === holdWords.stillHeld || text === queueWords.onHold;
}

export function isQuestion(text: string): boolean {
  return text.startsWith("❓ ");
}

/** Replies go to an address of their own for each message, which tells what they answer. */
export function addressOf(chat: number, number: number): string {
  return `c${chat}#${number}`;
}

export function readAddress(to: string): { chat: number; number: number } {
  const match = /^(?:telegram:)?c(\d+)#(\d+)$/.exec(to);
  if (!match) throw new Error(`sent to nobody: ${to}`);
  return { chat: Number(match[1]), number: Number(match[2]) };
}
