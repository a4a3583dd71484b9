/** How a long answer is split: each message reads well on its own, and nothing is lost or torn. */
import { describe, expect, test } from "vitest";
import { Seeded } from "../support/seeded.js";
import { chunksOf, type ChunkLimits } from "../../src/chat/chunks.js";
import { telegramLength } from "../../src/chat/telegram-length.js";

const TELEGRAM: ChunkLimits = { length: 3900 };

const codeLine = (index: number): string =>
  `export const value${index} = compute(${index}, "text");`;
const fence = (lines: number): string =>
  ["```ts", ...Array.from({ length: lines }, (_, index) => codeLine(index)), "```"].join("\n");

const linesOf = (count: number): string =>
  Array.from({ length: count }, (_, index) => `word${index} of a line`).join("\n");
const sentence = (index: number): string => `This is word${index} of many in a sentence.`;
/** As HTML has it. */
const measure = (text: string): number => text.length + 3 * (text.match(/</g)?.length ?? 0);

/** The code lines of all messages, once every one of them has been seen to open and close its fence. */
function codeIn(chunks: readonly string[]): string[] {
  return chunks.flatMap((chunk) => {
    const lines = chunk.split("\n");
    const fences = lines.flatMap((line, at) => (line.startsWith("```") ? [at] : []));
    expect(fences.length % 2).toBe(0);
    const [open = 0, close = 0] = fences;
    expect(lines[open]).toBe("```ts");
    return lines.slice(open + 1, close);
  });
}

/** How much of a text is no markup. */
const letters = (text: string): number => text.replace(/[^\p{L}\d&]/gu, "").length;

/** All words in order, without what messages repeat. */
const wordsOf = (text: string): string[] => text.match(/word\d+/g) ?? [];

test("a text that fits is one message, as it is", () => {
  const text = "  \n# Hi\n\n\nthere **you** are\n```\nunclosed";
  expect(chunksOf(text, TELEGRAM)).toEqual([text]);
  expect(chunksOf(" \n ", TELEGRAM)).toEqual([]);
});

describe("code", () => {
  test.each([
    ["by its length", TELEGRAM],
    ["by its lines", { length: 2000, lines: 17 }],
  ])("keeps its fence, its language and its lines: split %s", (_title, limits) => {
    const chunks = chunksOf(fence(300), limits);
    expect(codeIn(chunks)).toEqual(Array.from({ length: 300 }, (_, index) => codeLine(index)));
    for (const chunk of chunks) {
      expect(chunk.length).toBeLessThanOrEqual(limits.length);
      expect(chunk.split("\n").length).toBeLessThanOrEqual(limits.lines ?? Infinity);
    }
  });

  test("stays whole where it fits into a message of its own", () => {
    const before = "word ".repeat(600).trim();
    const block = fence(60);
    expect(chunksOf(`${before}\n\n${block}`, TELEGRAM)).toEqual([before, block]);
  });

  test("does not leave a short introduction alone", () => {
    const [first = ""] = chunksOf(`First the server:\n\n${fence(200)}`, TELEGRAM);
    expect(first).toMatch(/^First the server:\n\n```ts\nexport const value0 /);
    expect(first.length).toBeGreaterThan(3000);
  });

  test("is not followed by a message of a few characters where that can be helped", () => {
    for (let lines = 60; lines < 160; lines += 1) {
      const chunks = chunksOf(fence(lines), TELEGRAM);
      expect(Math.min(...chunks.map(({ length }) => length))).toBeGreaterThan(200);
    }
  });

  test("of one endless line is cut, and every character of it is there", () => {
    const line = "x".repeat(9000);
    const chunks = chunksOf(`\`\`\`ts\n${line}\n\`\`\``, TELEGRAM);
    expect(codeIn(chunks).join("")).toBe(line);
  });

  test("that nothing closes is closed at the end of each message", () => {
    const chunks = chunksOf(fence(300).slice(0, -4), TELEGRAM);
    expect(codeIn(chunks)).toHaveLength(300);
  });

  test("in a block of four backticks shows its fences", () => {
    const chunks = chunksOf(`\`\`\`\`md\n${fence(150)}\n\`\`\`\``, TELEGRAM);
    for (const chunk of chunks) expect(chunk).toMatch(/^````md\n[^]*\n````$/);
    expect(chunks.join("\n").match(/^```(?!`)/gm)).toHaveLength(2);
  });
});

describe("a table", () => {
  const rows = Array.from(
    { length: 200 },
    (_, index) => `| row ${index} | value of row ${index} |`,
  );
  const table = ["| name | value |", "| --- | ---: |", ...rows].join("\n");

  test("has its head in every message, and each row once", () => {
    const chunks = chunksOf(`Intro\n\n${table}\n\nEnd`, TELEGRAM);
    expect(chunks.length).toBeGreaterThan(1);
    for (const chunk of chunks) expect(chunk).toContain("| name | value |\n| --- | ---: |\n| row ");
    expect(chunks.join("\n").match(/^\| row .*$/gm)).toEqual(rows);
    expect(chunks.at(-1)).toMatch(/\n\nEnd$/);
  });
});

describe("prose", () => {
  test("is split between paragraphs first", () => {
    const paragraphs = Array.from({ length: 30 }, (_, index) =>
      `word${index} ${"lorem ".repeat(40)}`.trim(),
    );
    const chunks = chunksOf(paragraphs.join("\n\n"), TELEGRAM);
    expect(chunks.flatMap((chunk) => chunk.split("\n\n"))).toEqual(paragraphs);
  });

  test("keeps a list item whole, with the lines that belong to it", () => {
    const items = Array.from(
      { length: 60 },
      (_, index) => `${index + 1}. word${index} ${"lorem ".repeat(10).trim()}\n   more of ${index}`,
    );
    const chunks = chunksOf(items.join("\n"), TELEGRAM);
    expect(chunks.length).toBeGreaterThan(1);
    for (const chunk of chunks) expect(chunk).toMatch(/^\d+\. [^]*more of \d+$/);
    expect(chunks.join("\n")).toBe(items.join("\n"));
  });

  test("of one long line is cut between words, after a sentence where one ends near", () => {
    const text = Array.from({ length: 300 }, (_, index) => sentence(index)).join(" ");
    const chunks = chunksOf(text, TELEGRAM);
    for (const chunk of chunks) expect(chunk).toMatch(/^This [^]*sentence\.$/);
    expect(wordsOf(chunks.join(" "))).toEqual(wordsOf(text));
  });

  test.each([
    ["bold", "**", "**"],
    ["italic", "*", "*"],
    ["struck through", "~~", "~~"],
    ["bold and italic", "***", "***"],
    ["code", "`", "`"],
  ])("that is %s over a seam is so on both sides", (_title, open, close) => {
    for (const inner of ["a".repeat(6400), "word ".repeat(1300).trim()]) {
      const chunks = chunksOf(`${open}${inner}${close}`, TELEGRAM);
      expect(chunks.length).toBeGreaterThan(1);
      for (const chunk of chunks) {
        expect(chunk.startsWith(open) && chunk.endsWith(close)).toBe(true);
        expect(chunk.slice(open.length, -close.length)).not.toContain(open);
      }
    }
  });

  test("with marks that mark nothing gets none that were not there", () => {
    const text = `2 * 3 and a ** b, snake_case_name \\* ${"word ".repeat(1500)}`;
    const chunks = chunksOf(text, TELEGRAM);
    expect(chunks.join(" ").match(/\*/g)).toHaveLength(4);
  });

  test("is not cut within a link", () => {
    const link = "[the file that does it](https://example.org/a/b/c)";
    for (let before = 3850; before < 3900; before += 5) {
      const text = `${"x".repeat(before - 40)} ${"y".repeat(38)} ${link} ${"word ".repeat(300)}`;
      expect(chunksOf(text, TELEGRAM).some((chunk) => chunk.includes(link))).toBe(true);
    }
  });

  test("is not cut within a character that is made of several", () => {
    const family = "👨‍👩‍👧";
    const chunks = chunksOf(family.repeat(1500), TELEGRAM);
    for (const chunk of chunks) expect(chunk.length % family.length).toBe(0);
    expect(chunks.join("")).toBe(family.repeat(1500));
  });
});

describe("a text of several lines", () => {
  test.each(["**", "*", "~~", "***"])("that is all in %s is so on both sides of a seam", (mark) => {
    const chunks = chunksOf(`${mark}${linesOf(400)}${mark}`, TELEGRAM);
    expect(chunks.length).toBeGreaterThan(1);
    for (const chunk of chunks) {
      expect(chunk.slice(0, mark.length + 4)).toBe(`${mark}word`);
      expect(chunk.endsWith(`line${mark}`)).toBe(true);
      expect(chunk.length).toBeLessThanOrEqual(TELEGRAM.length);
    }
    expect(chunks.flatMap(wordsOf)).toHaveLength(400);
  });

  test("with marks that nothing closes gets none that were not there", () => {
    const text = `2 *${linesOf(400)}`;
    expect(chunksOf(text, TELEGRAM).join("\n")).toBe(text);
  });

  test("that begins with code between three backticks is no block of code", () => {
    const text = `\`\`\`npm test\`\`\` runs it.\n\n${linesOf(400)}`;
    const chunks = chunksOf(text, TELEGRAM);
    expect(chunks.join("\n")).toBe(text);
  });
});

test("a quotation of one long line is one in each message", () => {
  const text = `> ${Array.from({ length: 900 }, (_, index) => `word${index}`).join(" ")}`;
  const chunks = chunksOf(text, TELEGRAM);
  expect(chunks.length).toBeGreaterThan(1);
  for (const chunk of chunks) expect(chunk).toMatch(/^> word/);
  expect(chunks.flatMap(wordsOf)).toEqual(wordsOf(text));
});

describe("what leads to the next part stays with it", () => {
  const long = "word ".repeat(600).trim();

  test.each(["## The server", "**The server**", "The server in full:"])("%s", (lead) => {
    for (const next of [long, fence(60)]) {
      expect(chunksOf(`${long}\n\n${lead}\n\n${next}`, TELEGRAM)).toEqual([
        long,
        `${lead}\n\n${next}`,
      ]);
    }
  });

  test("unless there is no room for both", () => {
    const next = "x".repeat(3890);
    const chunks = chunksOf(`${long}\n\n## The server\n\n${next}`, TELEGRAM);
    expect(chunks).toEqual([`${long}\n\n## The server`, next]);
  });
});

test("what a channel makes longer is measured as the channel has it", () => {
  const chunks = chunksOf("<".repeat(10_000), { length: 4000, measure });
  for (const chunk of chunks) expect(measure(chunk)).toBeLessThanOrEqual(4000);
  expect(chunks.join("")).toBe("<".repeat(10_000));
});

test("of any mixture of these nothing is lost, nothing is too long, and no code is left open", () => {
  const random = new Seeded(7, "chunks");
  for (let round = 0; round < 150; round += 1) {
    let word = 0;
    const next = (count: number): string =>
      Array.from({ length: count }, () => `word${word++}`).join(" ");
    const pieces: (() => string)[] = [
      () => next(random.int(1, 400)),
      () => `# ${next(3)}`,
      () =>
        Array.from({ length: random.int(1, 40) }, () => `- ${next(random.int(1, 30))}`).join("\n"),
      () =>
        `\`\`\`js\n${Array.from({ length: random.int(0, 120) }, () => next(6)).join("\n")}\n\`\`\``,
      () =>
        [
          "| a | b |",
          "|---|---|",
          ...Array.from({ length: random.int(1, 90) }, () => `| ${next(2)} | x |`),
        ].join("\n"),
      () => `**${next(random.int(1, 300))}**`,
      () => `> ${next(random.int(1, 100))}`,
    ];
    const count = random.int(1, 12);
    const text = Array.from(
      { length: count },
      () => pieces[random.int(0, pieces.length - 1)]?.() ?? "",
    ).join("\n\n");
    const limits = { length: random.int(300, 4000), lines: random.int(0, 1) ? 17 : undefined };
    const chunks = chunksOf(text, limits);
    expect(chunks.flatMap(wordsOf)).toEqual(wordsOf(text));
    for (const chunk of chunks) {
      expect(chunk.trim()).not.toBe("");
      expect(chunk.length).toBeLessThanOrEqual(limits.length);
      expect((chunk.match(/^```/gm)?.length ?? 0) % 2).toBe(0);
      expect((chunk.match(/\*\*/g)?.length ?? 0) % 2).toBe(0);
    }
  }
});

test("a text that is all marks takes no time to speak of", () => {
  const begun = performance.now();
  for (const mark of ["`", "*", "_", "[", "|", "\\", "~~", "```\n"])
    chunksOf(mark.repeat(40_000), TELEGRAM);
  expect(performance.now() - begun).toBeLessThan(20_000);
});

test("a fence or a table's head that fills a message is not repeated in each", () => {
  const info = "word".repeat(1000);
  const code = `\`\`\`${info}\n${"x\n".repeat(300)}\`\`\``;
  const table = `|${info}|b|\n|-|-|\n${"|x|y|\n".repeat(300)}`;
  for (const text of [code, table]) {
    const chunks = chunksOf(text, TELEGRAM);
    expect(chunks.length).toBeLessThan(4);
    expect(chunks.join("").match(/x/g)).toHaveLength(300);
    expect(chunks.join("").match(/word/g)).toHaveLength(1000);
  }
});

describe("a text of nothing but one thing is split without looking at it over and over", () => {
  test.each([
    "word ",
    "a\n",
    "A line.\n\n",
    "- x\n",
    "**a ",
    "**a ~~b __c ",
    "[a](b ",
    "](",
    "`` ` ",
    "`",
    "&",
    "a.b.c",
    " | -",
    "|1|2|\n",
    "|-|-|\n",
    "👩‍👩‍👧‍👦",
    "\\",
    "# x\n",
    "``````\n",
  ])("%j", (piece) => {
    const text = `|a|b|\n|-|-|\n${piece.repeat(Math.ceil(20_000 / piece.length))}`;
    let measured = 0;
    const chunks = chunksOf(text, {
      length: 3900,
      measure: (message) => {
        measured += message.length;
        return telegramLength(message);
      },
    });
    for (const chunk of chunks) expect(telegramLength(chunk)).toBeLessThanOrEqual(3900);
    // Twice while it grows and once while it is cut back, for each of the six sizes, and the ends.
    expect(measured).toBeLessThan(text.length * 6 * 24);
    expect(letters(chunks.join(""))).toBeGreaterThanOrEqual(letters(text));
  });
});
