/** Where a Markdown text is code, found in time that grows with its length only. */

/** Part of a text, from a position up to another. */
export type Span = { from: number; to: number };

/** Changes what lies in the spans in one way and the rest in another. */
export function outside(
  spans: Iterable<Span>,
  text: string,
  changeRest: (rest: string) => string,
  changeFound: (found: string) => string,
): string {
  let result = "";
  let done = 0;
  for (const { from, to } of spans) {
    result += changeRest(text.slice(done, from)) + changeFound(text.slice(from, to));
    done = to;
  }
  return result + changeRest(text.slice(done));
}

/** Blocks that show blocks: where one ends is read in different ways. */
export function blocksOfBlocks(text: string): Span[] {
  const lines = linesOf(text);
  const opening = lines.map(({ line }) => /^[ \t]*(`{4,})[^`]*$/.exec(line)?.[1]?.length ?? 0);
  const closing = lines.map(({ line }) => /^[ \t]*(`{4,})[ \t]*$/.exec(line)?.[1]?.length ?? 0);
  // What no line behind can close is not looked for.
  const longestBehind = closing.map(() => 0);
  for (let at = lines.length - 2; at >= 0; at -= 1) {
    longestBehind[at] = Math.max(closing[at + 1] ?? 0, longestBehind[at + 1] ?? 0);
  }
  const spans: Span[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const ticks = opening[at] ?? 0;
    if (ticks === 0 || ticks > (longestBehind[at] ?? 0)) continue;
    const from = lines[at]?.from ?? 0;
    do at += 1;
    while ((closing[at] ?? Infinity) < ticks);
    spans.push({ from, to: lines[at]?.to ?? text.length });
  }
  return spans;
}

/**
 * What is code on every channel: channels look for nobody in there, and people copy from there. Discord knows no tildes
 * and ends a block at the first three backticks, Slack ends inline code with its line.
 */
export function* codeSpans(text: string): Generator<Span> {
  let done = 0;
  for (const { line, from, to } of linesOf(text)) {
    if (from < done) continue;
    const end = /^[ \t]*```[^`]*$/.test(line) ? endOfBlock(text, to) : undefined;
    if (end === undefined) yield* inlineCode(line, from);
    else yield { from, to: (done = end) };
  }
}

/** Where the block ends that is opened by the line before: at the next three backticks, if they have a line to themselves. */
function endOfBlock(text: string, from: number): number | undefined {
  const ticks = text.indexOf("```", from);
  if (ticks === -1) return undefined;
  const before = text.slice(text.lastIndexOf("\n", ticks) + 1, ticks);
  const end = text.indexOf("\n", ticks);
  const to = end === -1 ? text.length : end;
  return (before + text.slice(ticks + 3, to)).trim() === "" ? to : undefined;
}

/** Between two runs of one backtick, or of two. */
function* inlineCode(line: string, offset: number): Generator<Span> {
  const runs = [...line.matchAll(/`+/g)].map(({ index, 0: { length } }) => ({ index, length }));
  /** For each run, which is the next of the same length. */
  const next: (number | undefined)[] = [];
  const last = new Map<number, number>();
  for (let at = runs.length - 1; at >= 0; at -= 1) {
    const length = runs[at]?.length ?? 0;
    next[at] = last.get(length);
    last.set(length, at);
  }
  for (let at = 0; at < runs.length; at += 1) {
    const closing = next[at];
    const [first, second] = [runs[at], closing === undefined ? undefined : runs[closing]];
    if (!first || !second || closing === undefined || first.length > 2) continue;
    yield { from: offset + first.index, to: offset + second.index + second.length };
    at = closing;
  }
}

/** Each line with where it begins and ends, without its line break. */
function linesOf(text: string): ({ line: string } & Span)[] {
  let from = 0;
  return text.split("\n").map((line) => {
    const span = { line, from, to: from + line.length };
    from = span.to + 1;
    return span;
  });
}
