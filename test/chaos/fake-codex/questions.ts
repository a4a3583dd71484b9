/** Requests of the server to its client: ids from 0, or strings, or the same one twice. */
import type { Id, Wire } from "./wire.js";

/** No client needs longer for an answer that it need not ask a person for. */
const AT_ONCE_MS = 2500;
/** Nor for one that it asks a person for, by the suite's settings, on a machine that has other things to do. */
export const BY_A_PERSON_MS = 10_000;

export class Questions {
  readonly #wire: Wire;
  readonly #onUnanswered: (method: string) => void;
  readonly #open = new Map<Id, (answer: unknown) => void>();
  #next = 0;

  constructor(wire: Wire, onUnanswered: (method: string) => void) {
    this.#wire = wire;
    this.#onUnanswered = onUnanswered;
  }

  /** Settled with the answer, or with nothing where none came in time. */
  async ask(
    method: string,
    params: Record<string, unknown>,
    { twice = false, withinMs = AT_ONCE_MS } = {},
  ): Promise<unknown> {
    const number = this.#next++;
    const id = number % 3 === 2 ? `question-${number}` : number;
    const answer = Promise.withResolvers<unknown>();
    this.#open.set(id, answer.resolve);
    for (let count = twice ? 2 : 1; count > 0; count -= 1) this.#wire.request(id, method, params);
    const timer = setTimeout(() => {
      this.#onUnanswered(method);
      answer.resolve(undefined);
    }, withinMs);
    const given = await answer.promise;
    clearTimeout(timer);
    this.#open.delete(id);
    return given;
  }

  /** Takes an answer of the client's; one that nobody waits for any more is ignored, as Codex does. */
  answered(id: Id, answer: unknown): void {
    this.#open.get(id)?.(answer);
  }
}
