import { styleText } from "node:util";
import type { DemoEntry } from "./said.js";

type Style = Parameters<typeof styleText>[0];

const FRAME_MS = 100;

/** What the terminal shows: a line about the progress while something is awaited, and the chats. */
export class Terminal {
  #names: ReadonlyMap<string, string> = new Map();
  readonly #startedAt = Date.now();
  #progress: NodeJS.Timeout | undefined;

  /** What to call the chats. */
  name(names: ReadonlyMap<string, string>): void {
    this.#names = names;
  }

  /** Shows that this is being done, until the next call of any method. */
  step(what: string): void {
    this.#endProgress();
    if (!process.stdout.isTTY) {
      console.log(`${what} …`);
      return;
    }
    const begin = Date.now();
    const show = (): void => {
      const seconds = ((Date.now() - begin) / 1000).toFixed(1);
      process.stdout.write(`\r\u001B[K${paint("dim", `${what} … ${seconds} s`)}`);
    };
    show();
    this.#progress = setInterval(show, FRAME_MS);
  }

  entry({ at, chat, from, kind, text, buttons }: DemoEntry): void {
    this.#endProgress();
    const who = from === "bot" ? "bot" : (this.#names.get(chat) ?? "somebody");
    const where = from === "bot" ? ` → ${this.#names.get(chat) ?? chat}` : "";
    // Without the word it would read as if it were said once more.
    const change = kind === "edit" ? " (changed)" : "";
    const said = kind === "click" ? `presses [${text}]` : text;
    const [first = "", ...rest] = said.split("\n");
    // By the clock of whoever reads it.
    const time = new Date(at).toTimeString().slice(0, 8);
    const name = paint(from === "bot" ? "cyan" : "green", `${who}${where}`);
    console.log(`${paint("dim", time)} ${name}${change}: ${first}`);
    for (const line of rest) console.log(`         ${line}`);
    const labels = buttons.map((label) => paint("yellow", `[${label}]`));
    if (labels.length > 0) console.log(`         ${labels.join(" ")}`);
  }

  passed(what: string): void {
    this.#endProgress();
    console.log(`         ${paint("green", "✓")} ${paint("dim", what)}`);
  }

  info(text: string): void {
    this.#endProgress();
    console.log(text);
  }

  done(text: string): void {
    this.#endProgress();
    const seconds = ((Date.now() - this.#startedAt) / 1000).toFixed(1);
    console.log(`${paint(["green", "bold"], text)} ${paint("dim", `(${seconds} s)`)}`);
  }

  failed(text: string): void {
    this.#endProgress();
    console.error(paint(["red", "bold"], text, process.stderr));
  }

  #endProgress(): void {
    if (!this.#progress) return;
    clearInterval(this.#progress);
    this.#progress = undefined;
    process.stdout.write("\r\u001B[K");
  }
}

/** Colour only where the stream is a terminal that has it, and nobody set NO_COLOR. */
function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream });
}
