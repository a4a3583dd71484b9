/** What really happened, as far as the chats are concerned; the judge compares it with what the chats were shown. */
import { tagsIn, type Tag } from "./tags.js";
import type { TurnBeginner } from "./codex/turns.js";

/** Codex took a message: as a turn of its own, or into the turn that ran. */
export type Taken = {
  tag: Tag;
  threadId: string;
  turnId: string;
  how: "turn" | "steer";
  at: number;
  /** All that it was given with the message: its text, and the paths of its pictures. */
  said: string;
  pictures: readonly string[];
};

/** A picture that Codex made in a turn. */
export type MadePicture = {
  uid: number;
  tags: readonly Tag[];
  threadId: string;
  turnId: string;
  at: number;
};

export type Final = {
  uid: number;
  tags: readonly Tag[];
  threadId: string;
  turnId: string;
  parts: number;
  at: number;
  /** By its phase; else only the turn's end makes it one. */
  isNamed: boolean;
};

export type TurnEnd = { turnId: string; status: string; at: number };

/** A gateway heard what had come of a thread's turns: it listened as one ended, or loaded the thread later. */
export type Hearing = { threadId: string; at: number; run: number };

export class Ledger {
  readonly taken: Taken[] = [];
  readonly finals = new Map<number, Final>();
  readonly ends = new Map<string, TurnEnd>();
  /** By the command's tag: what Codex asked, and what it was told. */
  readonly asked = new Map<
    Tag,
    { at: number; threadId: string; turnId: string; by: TurnBeginner }
  >();
  readonly decisions = new Map<Tag, { decision: string; isTerminals: boolean; at: number }>();
  readonly asyncAsked = new Map<Tag, { at: number; turnId: string }>();
  /** What went wrong beside what a chat can see. */
  readonly failures: string[] = [];
  /** When something went wrong with Codex, by which a message's failure is explained. */
  readonly troubles: { at: number; what: string }[] = [];
  readonly diskTroubles: { at: number; what: string }[] = [];
  readonly begun = new Map<string, number>();
  /** The turns of each thread, in order. */
  readonly turnsOn = new Map<string, string[]>();
  readonly pictures = new Map<number, MadePicture>();
  /** Who began each turn. */
  readonly beginners = new Map<string, TurnBeginner>();
  /** Turns that somebody at a terminal has spoken into; of a goal's, its record need not tell whose it was. */
  readonly spokenInto = new Set<string>();
  /** Turns that no gateway heard of as they were. */
  readonly unheard = new Set<string>();
  readonly hearings: Hearing[] = [];
  /** The gateway that was started last. */
  run = 0;
  readonly lostThreads = new Set<string>();
  /** How often each fault came. */
  readonly faults = new Map<string, number>();
  #uids = 0;

  fault(kind: string): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }

  heard(threadId: string, at: number): void {
    this.hearings.push({ threadId, at, run: this.run });
  }

  /** A picture of Codex's, by its number. */
  picture(facts: Omit<MadePicture, "uid">): number {
    const uid = (this.#uids += 1);
    this.pictures.set(uid, { uid, ...facts });
    return uid;
  }

  /** A final answer of Codex's, under a number of its own. */
  answer(facts: Omit<Final, "uid">): string {
    const uid = (this.#uids += 1);
    this.finals.set(uid, { uid, ...facts });
    return Array.from({ length: facts.parts }, (_, index) =>
      answerPart(uid, index + 1, facts.parts, facts.tags),
    ).join("\n\n");
  }
}

function answerPart(uid: number, part: number, of: number, tags: readonly Tag[]): string {
  return `Answer ${uid}, ${part} of ${of}, to ${tags.join(" and ")}: as you wish\u2028so be it.`;
}

export type AnswerPart = { uid: number; part: number; of: number; tags: Tag[] };

/** The parts of final answers that a text holds. */
export function answersIn(text: string): AnswerPart[] {
  const found = text.matchAll(/Answer (\d+), (\d+) of (\d+), to ([^:]*): as you wish/g);
  return [...found].map(([, uid, part, of, tags]) => ({
    uid: Number(uid),
    part: Number(part),
    of: Number(of),
    tags: tagsIn(tags ?? ""),
  }));
}

/** Why something threw, with the place. */
export function describeError(error: unknown): string {
  return error instanceof Error
    ? (error.stack ?? error.message).split("\n").slice(0, 4).join(" | ")
    : String(error);
}
