/**
 * The threads as Codex keeps them: a file for each, written as the turns go, so that they outlive the process. A
 * thread that is open in one live process cannot be opened in another.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { asArray, asObject, asString, parseJson } from "../../support/wire-guards.js";

export type Item = { type: string; id: string } & Record<string, unknown>;
export type TurnStatus = "inProgress" | "completed" | "failed" | "interrupted";
export type Turn = {
  id: string;
  status: TurnStatus;
  items: Item[];
  error: { message: string; codexErrorInfo: string | null } | null;
};

export class Rollouts {
  readonly #folder: string;

  constructor(home: string) {
    this.#folder = path.join(home, "threads");
    mkdirSync(this.#folder, { recursive: true });
  }

  /** A thread has a file from its first turn on. */
  has(threadId: string): boolean {
    return existsSync(this.#file(threadId));
  }

  begin(threadId: string, turn: Turn): void {
    this.#append(threadId, { begin: turn.id, items: turn.items });
  }

  add(threadId: string, turnId: string, item: Item): void {
    this.#append(threadId, { of: turnId, item });
  }

  end(threadId: string, turn: Turn): void {
    this.#append(threadId, { end: turn.id, status: turn.status, error: turn.error });
  }

  /** The turns in order; one that no process runs any more reads as interrupted. */
  read(threadId: string, running: string | undefined): Turn[] {
    if (!this.has(threadId)) return [];
    const turns = new Map<string, Turn>();
    for (const line of readFileSync(this.#file(threadId), "utf8").split("\n")) {
      const record = asObject(parseJson(line));
      const id = asString(record["begin"] ?? record["of"] ?? record["end"]);
      if (id === "") continue;
      const turn = turns.get(id) ?? { id, status: "inProgress", items: [], error: null };
      turns.set(id, turn);
      turn.items.push(...[...asArray(record["items"]), record["item"]].filter(isItem));
      const status = record["status"];
      if (isEnd(status)) {
        turn.status = status;
        if (isTurnError(record["error"])) turn.error = record["error"];
      }
    }
    for (const turn of turns.values()) {
      if (turn.status === "inProgress" && turn.id !== running) turn.status = "interrupted";
    }
    return [...turns.values()];
  }

  /** The rollout is gone, as when somebody deletes it. */
  lose(threadId: string): void {
    if (this.has(threadId)) renameSync(this.#file(threadId), `${this.#file(threadId)}.lost`);
  }

  /** False where another live process has the thread open. */
  open(threadId: string): boolean {
    const lock = `${this.#file(threadId)}.lock`;
    if (existsSync(lock)) {
      const pid = Number(readFileSync(lock, "utf8"));
      if (pid !== process.pid && isAlive(pid)) return false;
    }
    writeFileSync(lock, String(process.pid));
    return true;
  }

  close(threadId: string): void {
    rmSync(`${this.#file(threadId)}.lock`, { force: true });
  }

  #append(threadId: string, record: Record<string, unknown>): void {
    appendFileSync(this.#file(threadId), `${JSON.stringify(record)}\n`);
  }

  #file(threadId: string): string {
    return path.join(this.#folder, `${threadId}.jsonl`);
  }
}

/** Whether a process runs; one that has ended and waits for its parent's notice does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch (error) {
    // Without /proc, as on macOS, the signal decides.
    return error instanceof Error && "code" in error && error.code === "ENOENT" && !hasProc();
  }
}

function hasProc(): boolean {
  return existsSync("/proc/self");
}

function isItem(value: unknown): value is Item {
  const { type, id } = asObject(value);
  return typeof type === "string" && typeof id === "string";
}

function isEnd(value: unknown): value is TurnStatus {
  return value === "completed" || value === "failed" || value === "interrupted";
}

function isTurnError(value: unknown): value is NonNullable<Turn["error"]> {
  return typeof asObject(value)["message"] === "string";
}
