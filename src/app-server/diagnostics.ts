/** Receives one sentence for the log. It never holds content that came over the wire. */
export type DiagnosticSink = (message: string) => void;

/**
 * Counts odd events by kind and reports the 1st, 10th, 100th, … of each: a peer that floods us with
 * garbage must not flood the log as well.
 */
export class Diagnostics {
  readonly #sink: DiagnosticSink;
  readonly #counts = new Map<string, number>();

  constructor(sink: DiagnosticSink) {
    this.#sink = sink;
  }

  /** `kind` is a fixed phrase: each one has a counter of its own for the life of the connection. */
  count(kind: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (Number.isInteger(Math.log10(count))) {
      this.#sink(`Codex app-server: ${kind}${count === 1 ? "" : ` (${count} times so far)`}`);
    }
  }
}
