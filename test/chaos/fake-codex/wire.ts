/** The app-server's end of stdio, with its bad manners: noise between messages, lines in pieces, lines of megabytes. */
import { noiseOf, type Noise } from "../faults.js";
import type { Seeded } from "../seeded.js";

export type Id = string | number;
type Answer = { result: unknown } | { error: { code: number; message: string } };

export class Wire {
  readonly #random: Seeded;
  readonly #onNoise: (kind: Noise | "line in pieces") => void;
  #silent = false;
  /** What waits behind a line that is out by half. */
  #waiting: Buffer[] | undefined;

  constructor(random: Seeded, onNoise: (kind: Noise | "line in pieces") => void) {
    this.#random = random;
    this.#onNoise = onNoise;
    // The client may be gone; that is told by the end of stdin.
    process.stdout.on("error", () => {});
  }

  notify(method: string, params: Record<string, unknown>): void {
    this.#noise();
    this.#line(JSON.stringify({ method, params }));
  }

  request(id: Id, method: string, params: Record<string, unknown>): void {
    this.#line(JSON.stringify({ id, method, params }));
  }

  answer(id: Id, answer: Answer): void {
    this.#noise();
    this.#line(JSON.stringify({ id, ...answer }));
  }

  /** From now on nothing goes out any more. */
  fallSilent(): void {
    this.#silent = true;
  }

  /** Megabytes that nobody asked for, with the separators that are no line ends. */
  huge(): void {
    const blob = "\u2028\u00e4\u{1f300}x".repeat(this.#random.int(200_000, 600_000));
    this.#line(JSON.stringify({ method: "chaos/huge", params: { blob } }));
  }

  /** Half a line, as it is left by a process that ends in the middle. */
  half(message: Record<string, unknown>, then: () => void): void {
    const line = Buffer.from(JSON.stringify(message));
    process.stdout.write(line.subarray(0, line.length >> 1), then);
  }

  #line(text: string): void {
    if (this.#silent) return;
    const line = Buffer.from(`${text}\n`);
    if (this.#waiting) {
      this.#waiting.push(line);
      return;
    }
    if (!this.#random.chance(0.03)) {
      process.stdout.write(line);
      return;
    }
    this.#onNoise("line in pieces");
    // Anywhere, in the middle of a character too.
    const cut = this.#random.int(0, line.length);
    process.stdout.write(line.subarray(0, cut));
    this.#waiting = [line.subarray(cut)];
    setTimeout(
      () => {
        for (const rest of this.#waiting ?? []) process.stdout.write(rest);
        this.#waiting = undefined;
      },
      this.#random.int(1, 10),
    );
  }

  #noise(): void {
    const kind = noiseOf(this.#random);
    if (kind === "none") return;
    this.#onNoise(kind);
    const foreign = `foreign-${this.#random.int(0, 9)}`;
    const turn = { id: `${foreign}-turn`, items: [], status: "completed", error: null };
    switch (kind) {
      case "not JSON":
        return this.#line("WARN something was printed to the wrong stream \u2028 {");
      case "not a message":
        return this.#line(this.#random.pick(["[]", "{}", "null", "7", '{"id":{}}', '""']));
      case "unknown notification":
        return this.#line(JSON.stringify({ method: "chaos/unknown", params: { n: 1 } }));
      case "foreign thread":
        return this.#line(
          JSON.stringify({ method: "turn/completed", params: { threadId: foreign, turn } }),
        );
      case "answer that nobody asked for":
        return this.#line(JSON.stringify({ id: 900_000_000, result: { turn } }));
    }
  }
}
