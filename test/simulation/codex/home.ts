/** What Codex keeps of its threads; it outlives its processes, as files do. */
export type Item = { type: string; id: string } & Record<string, unknown>;
export type TurnStatus = "inProgress" | "completed" | "failed" | "interrupted";
export type TurnError = { message: string; codexErrorInfo: string | null };
export type Turn = {
  id: string;
  status: TurnStatus;
  items: Item[];
  error: TurnError | null;
};

export type Goal = {
  threadId: string;
  objective: string;
  status: "active" | "paused" | "complete";
  /** Turns that it will still take. */
  turnsLeft: number;
};

export type Thread = {
  id: string;
  cwd: string;
  turns: Turn[];
  goal: Goal | undefined;
  /** The process that has it open; nobody else can open it. */
  writer: { readonly life: { alive: boolean } } | undefined;
  parentThreadId?: string;
};

export class CodexHome {
  readonly #threads = new Map<string, Thread>();
  #ids = 0;

  /** Not known to any process before; never given twice. Later ones sort after earlier ones, as Codex's do. */
  newId(prefix: string): string {
    return `${prefix}-${String((this.#ids += 1)).padStart(6, "0")}`;
  }

  create(cwd: string, parentThreadId?: string): Thread {
    const thread: Thread = {
      id: this.newId("thread"),
      cwd,
      turns: [],
      goal: undefined,
      writer: undefined,
      ...(parentThreadId === undefined ? {} : { parentThreadId }),
    };
    this.#threads.set(thread.id, thread);
    return thread;
  }

  find(id: string): Thread | undefined {
    return this.#threads.get(id);
  }

  /** Its rollout is gone, as when somebody deletes it. */
  lose(id: string): void {
    this.#threads.delete(id);
  }

  /** The turns as they are read; one that no process runs any more reads as interrupted. */
  turnsOf(thread: Thread, running: string | undefined): Turn[] {
    return thread.turns.map((turn) =>
      turn.status === "inProgress" && turn.id !== running
        ? { ...turn, status: "interrupted" }
        : turn,
    );
  }
}
