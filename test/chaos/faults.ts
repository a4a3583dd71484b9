/** What goes wrong with a turn, drawn from the seed and the message's tag alone: a turn's fate does not hang on time. */
import { Seeded } from "./seeded.js";
import type { Tag } from "./tags.js";

/** Weights; of a thousand turns about so many. */
const TURN_FAULTS = {
  none: 660,
  "lost end, thread idle": 20,
  "lost end, silence": 3,
  "retry errors, then an answer": 20,
  "retry errors for ever": 3,
  failed: 20,
  "failed, not signed in": 2,
  interrupted: 10,
  "empty reply": 10,
  approval: 70,
  "approval with a repeated id": 15,
  "tool call": 10,
  "unknown request": 10,
  "sub-agent": 40,
  "stale deltas": 15,
  "only deltas": 10,
  "answer in the completed turn only": 10,
  "hanging turn": 3,
  "turn that defies its interrupt": 2,
  "hanging process": 1,
  "crash before the response": 3,
  "crash after the response": 3,
  "crash in the middle": 4,
  "crash in the middle of a line": 2,
  "overloaded at first": 20,
  "start refused": 4,
  "start unanswered, not run": 2,
  "start unanswered, run": 3,
  "thread unloaded": 10,
  "thread lost": 2,
  "huge line": 10,
} as const;

export type TurnFault = keyof typeof TURN_FAULTS;

export type TurnFate = {
  fault: TurnFault;
  /** Milliseconds that Codex takes over the turn. */
  durationMs: number;
  /** Chat messages that the answer takes. */
  parts: number;
  /** When the answer to turn/start comes: before the turn's events, among them or after its end. */
  response: "first" | "amid" | "last";
};

export function fateOf(seed: number, tag: Tag): TurnFate {
  const random = new Seeded(seed, "turn", tag);
  return {
    fault: random.weighted(TURN_FAULTS),
    durationMs: random.chance(0.1) ? random.int(100, 500) : random.int(1, 40),
    parts: random.chance(0.1) ? random.int(2, 5) : 1,
    response: random.weighted({ first: 80, amid: 15, last: 5 }),
  };
}

/** What goes wrong with any other request. */
const REQUEST_FAULTS = {
  none: 870,
  late: 60,
  "answered twice": 40,
  overloaded: 20,
  refused: 4,
  unanswered: 6,
} as const;

export type RequestFault = keyof typeof REQUEST_FAULTS;

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

export type Noise = keyof typeof NOISE;

export function noiseOf(random: Seeded): Noise {
  return random.weighted(NOISE);
}
