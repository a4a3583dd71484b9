/** What the fake app-servers did, on disk: one file for each process, a JSON object a line. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as z from "zod/mini";

const entrySchema = z.object({
  at: z.number(),
  pid: z.number(),
  /** `turn`: Codex took a message as a turn; `steer`: into a running one; `end`: of a turn, with its status. */
  event: z.enum([
    "born",
    "gone",
    "turn",
    "steer",
    "end",
    "fault",
    "asked",
    "decision",
    "unanswered request",
  ]),
  /** A fault's kind, a turn's status, what was decided about a question. */
  what: z.optional(z.string()),
  threadId: z.optional(z.string()),
  turnId: z.optional(z.string()),
  tag: z.optional(z.string()),
});

export type LogEntry = z.infer<typeof entrySchema>;

export class FakeLog {
  readonly #file: string;

  constructor(home: string) {
    mkdirSync(path.join(home, "log"), { recursive: true });
    this.#file = path.join(home, "log", `${process.pid}-${Date.now()}.jsonl`);
  }

  /** Synchronous: what was noted outlives the process that noted it. */
  note(entry: Omit<LogEntry, "at" | "pid">): void {
    appendFileSync(
      this.#file,
      `${JSON.stringify({ at: Date.now(), pid: process.pid, ...entry })}\n`,
    );
  }
}

/** The entries of all processes in order of time. */
export function readFakeLog(home: string): LogEntry[] {
  const folder = path.join(home, "log");
  return readdirSync(folder)
    .flatMap((name) => readFileSync(path.join(folder, name), "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => entrySchema.parse(JSON.parse(line)))
    .toSorted((a, b) => a.at - b.at);
}
