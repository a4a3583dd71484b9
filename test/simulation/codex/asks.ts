/** What the app-server asks its clients: everybody who hears of the thread, and the first who answers decides. */
import type { Life, Time } from "../time.js";
import type { Connection } from "./connection.js";
import type { Id } from "./wire.js";

/** A request of the server's that nobody has answered by then has been forgotten by its client. */
const NEVER_MS = 3_600_000;
/** After its answer to a resume, what the thread waits for is sent again. */
const AGAIN_AFTER_MS = 40;

type Open = {
  method: string;
  params: Record<string, unknown>;
  threadId: string;
  answer: PromiseWithResolvers<Given | undefined>;
};

/** An answer, and whose. */
export type Given = { answer: unknown; by: Connection };

export type AsksSurroundings = {
  scheduler: Time;
  life: Life;
  /** The connections that hear of a thread. */
  listeners: (threadId: string) => Connection[];
  onUnanswered: (method: string) => void;
};

export class Asks {
  readonly #around: AsksSurroundings;
  readonly #open = new Map<Id, Open>();
  #next = 0;

  constructor(around: AsksSurroundings) {
    this.#around = around;
  }

  /** Settled with the answer, or with nothing if the turn is over before one comes. */
  async ask(
    method: string,
    params: Record<string, unknown> & { threadId: string },
    { twice = false, until }: { twice?: boolean; until: Promise<unknown> },
  ): Promise<Given | undefined> {
    const { scheduler, life, listeners, onUnanswered } = this.#around;
    const number = this.#next++;
    const id = number % 3 === 2 ? `question-${number}` : number;
    const { threadId } = params;
    const open: Open = { method, params, threadId, answer: Promise.withResolvers() };
    this.#open.set(id, open);
    const callOff = scheduler.after(NEVER_MS, life, () => {
      onUnanswered(method);
      open.answer.resolve(undefined);
    });
    for (const connection of listeners(threadId)) {
      for (let count = twice ? 2 : 1; count > 0; count -= 1) {
        connection.wire.request(id, method, params);
      }
    }
    const given = await Promise.race([open.answer.promise, until.then(() => undefined)]);
    callOff();
    this.#open.delete(id);
    if (given) {
      for (const { wire } of listeners(threadId)) {
        wire.notify("serverRequest/resolved", { threadId, requestId: id });
      }
    }
    return given;
  }

  /** One that nobody waits for any more is ignored. */
  answered(id: Id, answer: unknown, by: Connection): void {
    this.#open.get(id)?.answer.resolve({ answer, by });
  }

  /** A client hears of the thread from now on. */
  sendAgain(threadId: string, connection: Connection): void {
    const { scheduler, life } = this.#around;
    for (const [id, open] of this.#open) {
      if (open.threadId !== threadId) continue;
      scheduler.after(AGAIN_AFTER_MS, life, () => {
        if (this.#open.has(id)) connection.wire.request(id, open.method, open.params);
      });
    }
  }
}
