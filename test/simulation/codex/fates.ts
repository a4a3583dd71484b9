/** What goes wrong with Codex, drawn from the seed and the message alone, so that leaving out another changes nothing of it. */
import { Seeded } from "../../support/seeded.js";
import { isCalm } from "../calm.js";
import type { Tag } from "../tags.js";
import type { Traits } from "./traits.js";

/** Weights; of a thousand turns about so many. */
const TURN_FAULTS = {
  none: 535,
  approval: 70,
  "approval with a repeated id": 15,
  "agent asks": 20,
  "async question": 25,
  "two answers": 20,
  picture: 50,
  "lost end, thread idle": 20,
  "lost end, silence": 3,
  "retry errors, then an answer": 20,
  "retry errors for ever": 2,
  failed: 20,
  "failed after its answer": 15,
  "failed, not signed in": 2,
  interrupted: 10,
  "empty reply": 10,
  "tool call": 10,
  "unknown request": 10,
  "sub-agent": 30,
  sleep: 10,
  "stale deltas": 15,
  "only deltas": 10,
  "answer in the completed turn only": 10,
  "hanging turn": 4,
  "turn that defies its interrupt": 3,
  "hanging process": 2,
  "crash before the response": 6,
  "crash after the response": 6,
  "crash in the middle": 8,
  "crash after the answer": 8,
  "crash in the middle of a line": 4,
  "overloaded at first": 20,
  "start refused": 4,
  "start unanswered, not run": 3,
  "start unanswered, run": 4,
  "thread unloaded": 10,
  "thread lost": 3,
} as const;

type TurnFault = keyof typeof TURN_FAULTS;

/** What Codex does on a good day, too. */
const BEARABLE: ReadonlySet<TurnFault> = new Set([
  "approval",
  "agent asks",
  "async question",
  "two answers",
  "picture",
  "retry errors, then an answer",
  "failed",
  "failed after its answer",
  "interrupted",
  "empty reply",
  "tool call",
  "unknown request",
  "sub-agent",
  "sleep",
  "only deltas",
  "answer in the completed turn only",
]);

export type TurnFate = {
  fault: TurnFault;
  /** Milliseconds that Codex takes over the turn. */
  durationMs: number;
  /** Chat messages that an answer takes. */
  parts: number;
  /** When the answer to turn/start comes: before the turn's events, among them or after its end. */
  response: "first" | "amid" | "last";
};

/**
 * In every second chat Codex begins turns by itself. What comes of those goes where the chat was heard last, so in the
 * other chats it is certain of each text which message it answers.
 */
export function hasUnsolicited(tag: Tag): boolean {
  return Number(/^c(\d+)/.exec(tag)?.[1]) % 2 === 0;
}

export function fateOf(seed: number, tag: Tag, traits: Pick<Traits, "hasClock">): TurnFate {
  const random = new Seeded(seed, "turn", tag);
  const fault = random.weighted(TURN_FAULTS);
  const canBe =
    fault === "async question"
      ? hasUnsolicited(tag) && traits.hasClock
      : fault !== "sleep" || traits.hasClock;
  const isBearable = !isCalm(seed) || BEARABLE.has(fault);
  return {
    fault: canBe && isBearable ? fault : "none",
    durationMs: random.chance(0.15) ? random.int(1000, 12_000) : random.int(1, 900),
    parts: random.chance(0.1) ? random.int(2, 4) : 1,
    response: random.weighted({ first: 80, amid: 15, last: 5 }),
  };
}

/** Of a turn that a person begins at a terminal; most have what concerns a chat. */
export function terminalFateOf(seed: number, tags: readonly Tag[]): TurnFate {
  const random = new Seeded(seed, "terminal", tags.join(" "));
  return {
    fault: random.weighted({ none: 50, approval: 30, failed: 10, "two answers": 10 }),
    durationMs: random.int(100, 6000),
    parts: 1,
    response: random.weighted({ first: 50, amid: 30, last: 20 }),
  };
}

/** Of a turn that a goal begins. */
export const GOAL_FATE: TurnFate = { fault: "none", durationMs: 800, parts: 1, response: "amid" };

const REQUEST_FAULTS = {
  none: 880,
  late: 60,
  "answered twice": 40,
  overloaded: 20,
  refused: 2,
  unanswered: 3,
} as const;

type RequestFault = keyof typeof REQUEST_FAULTS;

export function requestFaultOf(random: Seeded): RequestFault {
  return random.weighted(REQUEST_FAULTS);
}

/** What comes between the messages of a connection. */
const NOISE = {
  none: 955,
  "not JSON": 10,
  "not a message": 5,
  "unknown notification": 10,
  "foreign thread": 10,
  "answer that nobody asked for": 10,
} as const;

export function noiseOf(random: Seeded): keyof typeof NOISE {
  return random.weighted(NOISE);
}
