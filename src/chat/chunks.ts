/**
 * Splits an answer into messages that each read well on their own: code keeps its fence and its lines, a table its head,
 * a list item stays whole, and nothing small is left alone where that can be helped.
 */
import { cutCode, cutInline } from "./inline-cut.js";
import { blockText, markdownBlocks, type MarkdownBlock } from "./markdown-blocks.js";

export type ChunkLimits = {
  /** What a message may measure. */
  length: number;
  /** How long a text becomes in its chat; default: as long as it is. */
  measure?: ((text: string) => number) | undefined;
  /** Lines of one message, for a channel that splits at them. */
  lines?: number | undefined;
};

/** A shorter message than this looks lost on its own. */
const SMALL = 200;
/** Shares of the limit that are tried until none is left small, as far as that costs no message more. */
const SHARES = [1, 0.9, 0.8, 0.7, 0.6, 0.5] as const;

type Fits = (piece: string) => boolean;

/** The text's messages in order; none of them is blank. */
export function chunksOf(text: string, limits: ChunkLimits): string[] {
  const { length, measure = (piece) => piece.length, lines = Infinity } = limits;
  const fitsIn =
    (share: number): Fits =>
    (piece) =>
      measure(piece) <= length * share && countLines(piece) <= lines * share;
  if (fitsIn(1)(text)) return text.trim() === "" ? [] : [text];
  const blocks = markdownBlocks(text);
  const whole = pack(blocks, fitsIn(1));
  const small = Math.min(SMALL, length / 10);
  const hasSmall = (chunks: readonly string[]): boolean =>
    chunks.some((chunk) => measure(chunk) < small && countLines(chunk) < lines / 2);
  for (const share of SHARES) {
    const chunks = share === 1 ? whole : pack(blocks, fitsIn(share));
    if (chunks.length > whole.length) break;
    if (!hasSmall(chunks)) return chunks;
  }
  return whole;
}

function pack(blocks: readonly MarkdownBlock[], fits: Fits): string[] {
  const packer = new Packer(fits);
  for (const block of blocks) packer.add(block);
  return packer.end();
}

class Packer {
  readonly #fits: Fits;
  readonly #chunks: string[] = [];
  #current = "";

  constructor(fits: Fits) {
    this.#fits = fits;
  }

  add(block: MarkdownBlock): void {
    const text = blockText(block);
    if (this.#append(text, block.gap)) return;
    // A block that fits into a message of its own stays whole, unless what stands before it would be left alone.
    if (this.#fits(text) && !this.#isSmall()) {
      this.#flush();
      this.#current = text;
      return;
    }
    this.#addInPieces(block);
  }

  end(): string[] {
    this.#flush();
    return this.#chunks;
  }

  #addInPieces(block: MarkdownBlock): void {
    let taken: string[] = [];
    let { gap } = block;
    const stand = (): void => {
      if (taken.length > 0) this.#current = this.#joined(blockText(block, taken), gap);
      taken = [];
      gap = 0;
    };
    for (const line of block.lines) {
      if (this.#fits(this.#joined(blockText(block, [...taken, line]), gap))) {
        taken.push(line);
        continue;
      }
      stand();
      const isWhole = this.#fits(blockText(block, [line]));
      if (isWhole && !(block.kind === "lines" && this.#isSmall())) {
        this.#flush();
        taken = [line];
      } else {
        const rest = this.#addLongLine(block, line);
        if (rest !== "") taken = [rest];
      }
    }
    stand();
  }

  /** Cuts one line over several messages, the first of which may have begun; returns what is left for the next one. */
  #addLongLine(block: MarkdownBlock, line: string): string {
    // Half a message that stands there already is reason enough to begin another.
    if (!this.#fits(`${this.#current}\n${this.#current}`)) this.#flush();
    const asPiece = (piece: string): string =>
      // A row of a table that has to be cut is none any more.
      block.kind === "table" ? piece : blockText(block, [piece]);
    const cut = block.kind === "code" ? cutCode : cutInline;
    let rest = line;
    for (;;) {
      const [head, tail] = cut(rest, (piece) => this.#fits(this.#joined(asPiece(piece), 0)));
      if (tail === "" && this.#current === "") return head;
      this.#current = this.#joined(asPiece(head), 0);
      this.#flush();
      if (tail === "") return "";
      rest = tail;
    }
  }

  #isSmall(): boolean {
    return this.#current.length < SMALL;
  }

  #joined(text: string, gap: number): string {
    return this.#current === "" ? text : this.#current + "\n".repeat(gap + 1) + text;
  }

  #append(text: string, gap: number): boolean {
    const joined = this.#joined(text, gap);
    if (!this.#fits(joined)) return false;
    this.#current = joined;
    return true;
  }

  #flush(): void {
    if (this.#current.trim() !== "") this.#chunks.push(this.#current);
    this.#current = "";
  }
}

function countLines(text: string): number {
  return text.split("\n").length;
}
