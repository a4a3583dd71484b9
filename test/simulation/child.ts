/** A child process as `node:child_process` shows it, and the pipes between it and the process that started it. */
import { EventEmitter } from "node:events";
import type { Life, Time } from "./time.js";

/** What runs in the child. */
export type Program = {
  readonly life: Life;
  onLine(line: string): void;
  /** Its stdin was closed. */
  onInputEnd(): void;
  onSignal(signal: string): void;
};

export type ChildIo = {
  /** Bytes on stdout, which arrive in the order in which they were written. */
  write(bytes: Buffer): void;
  writeError(text: string): void;
  exit(how: { code: number } | { signal: string }): void;
};

/** In order, however long each takes; what arrives at the same time is read at once, with no microtask in between. */
export class Pipe {
  readonly #scheduler: Time;
  readonly #life: Life;
  #arriving: { at: number; run: () => void }[] = [];
  #lastAt = 0;

  constructor(scheduler: Time, life: Life) {
    this.#scheduler = scheduler;
    this.#life = life;
  }

  carry(run: () => void): void {
    const { random, now } = this.#scheduler;
    const at = Math.max(this.#lastAt, now + random.next() * (random.chance(0.03) ? 30 : 0.5));
    this.#lastAt = at;
    this.#arriving.push({ at, run });
    if (this.#arriving.filter((one) => one.at === at).length > 1) return;
    this.#scheduler.after(at - now, this.#life, () => {
      const read = this.#arriving.filter((one) => one.at <= at);
      this.#arriving = this.#arriving.filter((one) => one.at > at);
      for (const one of read) one.run();
    });
  }
}

class SimStdin extends EventEmitter {
  writableLength = 0;
  destroyed = false;
  #corked = false;
  #text = "";
  readonly #carry: (text: string) => void;
  readonly #end: () => void;

  constructor(carry: (text: string) => void, end: () => void) {
    super();
    this.#carry = carry;
    this.#end = end;
  }

  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    this.#corked = false;
    this.#flush();
  }

  write(text: string): boolean {
    if (this.destroyed) return false;
    this.#text += text;
    if (!this.#corked) this.#flush();
    return true;
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.#flush();
    this.destroyed = true;
    this.#end();
  }

  #flush(): void {
    if (this.#text === "" || this.destroyed) return;
    this.#carry(this.#text);
    this.#text = "";
  }
}

class SimOutput extends EventEmitter {
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
  }
}

export class SimChild extends EventEmitter {
  readonly pid: number;
  exitCode: number | null = null;
  signalCode: string | null = null;
  readonly stdin: SimStdin;
  readonly stdout = new SimOutput();
  readonly stderr = new SimOutput();
  readonly #scheduler: Time;
  readonly #program: Program;
  readonly #out: Pipe;
  #rest = "";

  /** `parent` is the process that hears of it. */
  constructor(scheduler: Time, parent: Life, pid: number, start: (io: ChildIo) => Program) {
    super();
    this.pid = pid;
    this.#scheduler = scheduler;
    this.#out = new Pipe(scheduler, parent);
    this.#program = start({
      write: (bytes) =>
        this.#out.carry(() => {
          if (!this.stdout.destroyed) this.stdout.emit("data", bytes);
        }),
      writeError: (text) =>
        this.#out.carry(() => {
          if (!this.stderr.destroyed) this.stderr.emit("data", Buffer.from(text));
        }),
      exit: (how) => this.#exit(how),
    });
    const into = new Pipe(scheduler, this.#program.life);
    this.stdin = new SimStdin(
      (text) => into.carry(() => this.#take(text)),
      () => into.carry(() => this.#program.onInputEnd()),
    );
  }

  get isAlive(): boolean {
    return this.#program.life.alive;
  }

  signal(name: string): void {
    const { random } = this.#scheduler;
    this.#scheduler.after(random.next(), this.#program.life, () => this.#program.onSignal(name));
  }

  /** The process that started it is gone, and with it the other ends of its pipes. */
  orphan(): void {
    this.stdin.destroy();
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) if (this.isAlive) this.#program.onLine(line);
  }

  #exit(how: { code: number } | { signal: string }): void {
    if (!this.isAlive) return;
    this.#program.life.alive = false;
    // What it has written is still read, and its end is told by several events in any order.
    this.#out.carry(() => {
      this.stdout.emit("close");
    });
    this.#out.carry(() => {
      if ("code" in how) this.exitCode = how.code;
      else this.signalCode = how.signal;
      this.stdin.destroyed = true;
      this.stdin.emit("close");
      this.emit("exit", this.exitCode, this.signalCode);
    });
    this.#out.carry(() => {
      this.stderr.emit("close");
      this.emit("close", this.exitCode, this.signalCode);
    });
  }
}
