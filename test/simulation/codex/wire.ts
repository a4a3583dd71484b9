/** The app-server's end of stdio, with its bad manners: noise between messages, lines in pieces. */
import type { Seeded } from "../../support/seeded.js";
import type { ChildIo } from "../child.js";
import type { Life, Time } from "../time.js";
import { noiseOf } from "./fates.js";

export type Id = string | number;
type Answer = { result: unknown } | { error: { code: number; message: string } };

export class Wire {
  readonly #io: Pick<ChildIo, "write">;
  readonly #random: Seeded;
  readonly #scheduler: Time;
  readonly #life: Life;
  /** Whole messages, each in a frame of its own, and no bytes that can be cut anywhere. */
  readonly #isFramed: boolean;
  #silent = false;
  #waiting: Buffer[] | undefined;

  constructor(
    io: Pick<ChildIo, "write">,
    around: { random: Seeded; scheduler: Time; life: Life; isFramed: boolean },
  ) {
    this.#io = io;
    this.#random = around.random;
    this.#scheduler = around.scheduler;
    this.#life = around.life;
    this.#isFramed = around.isFramed;
  }

  notify(method: string, params: Record<string, unknown>): void {
    this.#noise();
    this.#line(JSON.stringify({ method, params }));
  }

  answer(id: Id, answer: Answer): void {
    this.#noise();
    this.#line(JSON.stringify({ id, ...answer }));
  }

  request(id: Id, method: string, params: Record<string, unknown>): void {
    this.#line(JSON.stringify({ id, method, params }));
  }

  fallSilent(): void {
    this.#silent = true;
  }

  /** Half a line, as it is left by a process that ends in the middle. */
  half(message: Record<string, unknown>): void {
    if (this.#isFramed) return;
    const line = Buffer.from(JSON.stringify(message));
    this.#io.write(line.subarray(0, line.length >> 1));
  }

  #line(text: string): void {
    if (this.#silent || !this.#life.alive) return;
    if (this.#isFramed) {
      this.#io.write(Buffer.from(text));
      return;
    }
    const line = Buffer.from(`${text}\n`);
    if (this.#waiting) {
      this.#waiting.push(line);
      return;
    }
    if (!this.#random.chance(0.02)) {
      this.#io.write(line);
      return;
    }
    // Anywhere, in the middle of a character too.
    const cut = this.#random.int(0, line.length);
    this.#io.write(line.subarray(0, cut));
    this.#waiting = [line.subarray(cut)];
    this.#scheduler.after(this.#random.int(1, 10), this.#life, () => {
      for (const rest of this.#waiting ?? []) this.#io.write(rest);
      this.#waiting = undefined;
    });
  }

  #noise(): void {
    const kind = noiseOf(this.#random);
    const foreign = `foreign-${this.#random.int(0, 9)}`;
    const turn = { id: `${foreign}-turn`, items: [], status: "completed", error: null };
    switch (kind) {
      case "none":
        return;
      case "not JSON":
        return this.#line("WARN something was printed to the wrong stream \u2028 {");
      case "not a message":
        return this.#line(this.#random.pick(["[]", "{}", "null", "7", '{"id":{}}', '""']));
      case "unknown notification":
        return this.#line(JSON.stringify({ method: "simulation/unknown", params: { n: 1 } }));
      case "foreign thread":
        return this.#line(
          JSON.stringify({ method: "turn/completed", params: { threadId: foreign, turn } }),
        );
      case "answer that nobody asked for":
        return this.#line(JSON.stringify({ id: 900_000_000, result: { turn } }));
    }
  }
}
