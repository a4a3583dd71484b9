/** What a person does about a question of Codex's, drawn from what it is about. */
import { Seeded } from "../support/seeded.js";

export type Decision =
  | { do: "type"; verb: "approve" | "deny" }
  | { do: "click"; choice: string; by: "owner" | "stranger" }
  | { do: "stop" }
  | { do: "nothing" };

const WAYS = {
  "approves by typing": 20,
  "denies by typing": 15,
  "clicks yes": 25,
  "clicks no": 10,
  "clicks both": 8,
  "clicks and types": 7,
  "stranger first": 6,
  stops: 4,
  nothing: 8,
} as const;

/** Each with the milliseconds after which it is done. */
export function decide(seed: number, about: string): { afterMs: number; decision: Decision }[] {
  const random = new Seeded(seed, "decision", about);
  const way = random.weighted(WAYS);
  const afterMs = random.chance(0.2) ? random.int(0, 12_000) : random.int(0, 1500);
  const yes: Decision = { do: "click", choice: "yes", by: "owner" };
  const no: Decision = { do: "click", choice: "deny", by: "owner" };
  const later = (decision: Decision, ms = 0): { afterMs: number; decision: Decision } => ({
    afterMs: afterMs + ms,
    decision,
  });
  switch (way) {
    case "approves by typing":
      return [later({ do: "type", verb: "approve" })];
    case "denies by typing":
      return [later({ do: "type", verb: "deny" })];
    case "clicks yes":
      return [later(yes)];
    case "clicks no":
      return [later(no)];
    case "clicks both":
      return [later(yes), later(no)];
    case "clicks and types":
      return [later(no), later({ do: "type", verb: "approve" })];
    case "stranger first":
      return [later({ do: "click", choice: "yes", by: "stranger" }), later(no, 40)];
    case "stops":
      return [later({ do: "stop" })];
    case "nothing":
      return [];
  }
}
