/**
 * Splits an answer into messages that each read well on their own: code keeps its fence and its lines, a table its head,
 * a list item stays whole, and nothing small is left alone where that can be helped.
 */
import { cutCode, cutInline, openAtEnd } from "./inline-cut.js";
import { blockText, markdownBlocks, type MarkdownBlock } from "./markdown-blocks.js";
import { mostThatFits } from "./most-that-fits.js";

export type ChunkLimits = {
  /** What a message may measure. */
  length: number;
  /** How long a text becomes in its chat, never less than it is; default: as long as it is. */
  measure?: ((text: string) => number) | undefined;
  /** Lines of one message, for a channel that splits at them. */
  lines?: number | undefined;
};

/** A shorter message than this looks lost on its own. */
const SMALL = 200;
/** Shares of the limit that are tried until none is left small, as far as that costs no message more. */
const SHARES = [1, 0.9, 0.8, 0.7, 0.6, 0.5] as const;

/** Before each line of a quotation; more marks than a person reads are text like any other. */
const QUOTE = /^ {0,3}>[> ]{0,9}/;
/** A heading, or a short line that leads to what follows it, at the end of a text. */
const LEAD =
  /(?:^|\n)\n*( {0,3}(?:#{1,6}[ \t][^\n]*|\*\*[^\n]{1,100}\*\*|(?<=\n\n)[^\n|>]{1,100}:))\n*$/;

/** How much a message may have at a share of the limits. */
type Room = { characters: number; fits: (piece: string) => boolean };

/** The text's messages in order; none of them is blank. Takes time in proportion to the text's length, whatever is in it. */
export function chunksOf(text: string, limits: ChunkLimits): string[] {
  const { length, measure = (piece) => piece.length, lines = Infinity } = limits;
  const roomOf = (share: number): Room => {
    const characters = Math.floor(length * share);
    const fits = (piece: string): boolean =>
      // Cheap first: what is measured has the length of a message at most.
      piece.length <= characters &&
      countLines(piece) <= lines * share &&
      measure(piece) <= characters;
    return { characters, fits };
  };
  if (roomOf(1).fits(text)) return text.trim() === "" ? [] : [text];
  const blocks = markdownBlocks(text);
  const whole = pack(blocks, roomOf(1));
  const small = Math.min(SMALL, length / 10);
  const hasSmall = (chunks: readonly string[]): boolean =>
    chunks.some((chunk) => measure(chunk) < small && countLines(chunk) < lines / 2);
  for (const share of SHARES) {
    const chunks = share === 1 ? whole : pack(blocks, roomOf(share));
    if (chunks.length > whole.length) break;
    if (!hasSmall(chunks)) return chunks;
  }
  return whole;
}

function pack(blocks: readonly MarkdownBlock[], room: Room): string[] {
  const packer = new Packer(room);
  packer.addAll(blocks);
  return packer.end();
}

class Packer {
  readonly #room: Room;
  readonly #chunks: string[] = [];
  #current = "";

  constructor(room: Room) {
    this.#room = room;
  }

  addAll(blocks: readonly MarkdownBlock[]): void {
    for (let at = 0; at < blocks.length;) {
      const withBlocks = (count: number): string =>
        blocks
          .slice(at, at + count)
          .reduce((text, block) => joined(text, blockText(block), block.gap), this.#current);
      const count = mostThatFits(blocks.length - at, (some) => this.#fits(withBlocks(some)));
      if (count > 0) this.#current = withBlocks(count);
      at += count;
      const block = blocks[at];
      if (block) this.#addBeyond(block);
      at += 1;
    }
  }

  end(): string[] {
    this.#flush();
    return this.#chunks;
  }

  /** A block for which there is no room behind what stands there. */
  #addBeyond(block: MarkdownBlock): void {
    const text = blockText(block);
    // One that fits into a message of its own stays whole, unless what stands before it would be left alone.
    if (this.#fits(text) && !this.#isSmall()) {
      this.#flushBefore(text, block.gap);
      this.#current = this.#joined(text, 0);
    } else {
      this.#addInPieces(block);
    }
  }

  #addInPieces(block: MarkdownBlock, isProse = block.kind === "lines"): void {
    const frame = blockText(block, []);
    if (block.kind !== "lines" && !this.#fits(`${frame}\n${frame}`)) {
      // A head that takes half of each message is not repeated.
      this.#addInPieces(
        { kind: "lines", gap: block.gap, lines: blockText(block).split("\n") },
        false,
      );
      return;
    }
    const lines = [...block.lines];
    let { gap } = block;
    for (let at = 0; at < lines.length; gap = 0) {
      const withLines = (count: number): string =>
        this.#joined(blockText(block, lines.slice(at, at + count)), gap);
      const most = mostThatFits(lines.length - at, (some) => this.#fits(withLines(some)));
      const count = isProse ? this.#takeProse(lines, at, { most, withLines }) : most;
      if (count > 0 && !isProse) this.#current = withLines(count);
      at += count;
      const line = lines[at];
      if (line === undefined) break;
      const piece = blockText(block, [line]);
      if (this.#fits(piece) && !(block.kind === "lines" && this.#isSmall())) {
        this.#flushBefore(piece, gap);
        continue;
      }
      if (block.kind === "table") {
        // With a row that has to be cut it is none any more.
        const head = at === 0 ? block.head : [];
        this.#addInPieces({ kind: "lines", gap, lines: [...head, ...lines.slice(at)] }, false);
        return;
      }
      const rest = this.#addLongLine(block, line, gap);
      if (rest === "") at += 1;
      else lines[at] = rest;
    }
  }

  /**
   * Takes as many lines of a text from `at` on as there is room for, at most `most`, and returns how many. What is open
   * behind them (bold, italics) is closed there and opened again before the next line.
   */
  #takeProse(
    lines: string[],
    at: number,
    { most, withLines }: { most: number; withLines: (count: number) => string },
  ): number {
    for (let count = most; count > 0; count -= 1) {
      const next = lines[at + count];
      const rest = lines.slice(at + count).join("\n");
      const open = openAtEnd(lines.slice(at, at + count).join("\n"), rest);
      const text = withLines(count).trimEnd() + open.toReversed().join("");
      if (open.length > 0 && !this.#fits(text)) continue;
      this.#current = open.length > 0 ? text : withLines(count);
      if (next !== undefined) lines[at + count] = open.join("") + next;
      return count;
    }
    return 0;
  }

  /** Cuts one line over several messages, the first of which may have begun; returns what is left for the next one. */
  #addLongLine(block: MarkdownBlock, line: string, gapBefore: number): string {
    // Half a message that stands there already is reason enough to begin another.
    if (!this.#fits(`${this.#current}\n${this.#current}`)) this.#flush();
    const cut = block.kind === "code" ? cutCode : cutInline;
    const quote = block.kind === "lines" ? (QUOTE.exec(line)?.[0] ?? "") : "";
    let gap = gapBefore;
    let rest = line;
    for (;;) {
      const [head, tail] = cut(rest, this.#room.characters, (piece) =>
        this.#fits(this.#joined(blockText(block, [piece]), gap)),
      );
      if (tail === "" && this.#current === "") return head;
      this.#current = this.#joined(blockText(block, [head]), gap);
      this.#flush();
      if (tail === "") return "";
      rest = quote + tail;
      gap = 0;
    }
  }

  #fits(piece: string): boolean {
    return this.#room.fits(piece);
  }

  #isSmall(): boolean {
    return this.#current.length < SMALL;
  }

  #joined(text: string, gap: number): string {
    return joined(this.#current, text, gap);
  }

  /** Begins a message for what is to follow, with the heading that belongs to it. */
  #flushBefore(next: string, gap: number): void {
    const found = LEAD.exec(this.#current);
    const lead = `${found?.[1] ?? ""}${"\n".repeat(gap)}`;
    const isTaken = found !== null && found.index > 0 && this.#fits(joined(lead, next, 0));
    if (isTaken) this.#current = this.#current.slice(0, found.index);
    this.#flush();
    if (isTaken) this.#current = lead;
  }

  #flush(): void {
    if (this.#current.trim() !== "") this.#chunks.push(this.#current);
    this.#current = "";
  }
}

function joined(before: string, text: string, gap: number): string {
  return before === "" ? text : before + "\n".repeat(gap + 1) + text;
}

function countLines(text: string): number {
  return text.split("\n").length;
}
