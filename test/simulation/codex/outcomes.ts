/** What a request comes to beside its result: it was answered already, or never will be. */
export const ANSWERED = Symbol("answered already");
export const NEVER = Symbol("never answered");

/** An error that Codex answers; -32600 is its code for nearly everything. */
export class Refusal extends Error {
  readonly code: number;

  constructor(message: string, code = -32600) {
    super(message);
    this.code = code;
  }
}
