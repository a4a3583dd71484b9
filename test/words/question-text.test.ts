/** What a person reads before saying yes: all of it that matters, exactly, and nothing that takes effect. */
import { describe, expect, test } from "vitest";
import {
  approvalText,
  isCut,
  isGrantCut,
  plainWhole,
  shortText,
  wayToShow,
  wholeText,
  type QuestionFact,
} from "../../src/words/question-text.js";

const TITLE = "Codex wants to run a command:";
const FOLDER: QuestionFact = { label: "Folder", text: "/repo", weight: "place" };
const REASON: QuestionFact = { label: "Reason", text: "to see", weight: "reason" };

const question = (grant: string[], ...facts: QuestionFact[]) => ({ title: TITLE, grant, facts });

/** As it stands in the chat. */
const shown = (...asked: Parameters<typeof question>): string =>
  shortText(question(...asked)).join("\n");

/** The lines of the code block. */
function blockOf(text: string): string {
  return /^```\n([^]*)\n```$/m.exec(text)?.[1] ?? "no block";
}

describe("what is granted", () => {
  test("is shown exactly as it is", () => {
    const command =
      "git commit -m \"*a* _b_ [c](d) <e> `f`\" && cat 'it'\n\techo @here #1 https://x.y || y || z";
    expect(blockOf(shown([command]))).toBe(command);
  });

  test("cannot end the block that it stands in", () => {
    const text = shown(["echo ```\n# not a heading\n```\n@everyone ````` ~~~"]);
    expect(text.match(/```/g)).toHaveLength(2);
    expect(text.match(/`{3,}/g)).toHaveLength(2);
  });

  test.each([
    ["a direction override", "rm \u202E/tmp", "rm \\u{202e}/tmp"],
    ["a zero-width space", "rm\u200B -rf", "rm\\u{200b} -rf"],
    ["a joiner, as pictures have it", "👩\u200D👧", "👩\\u{200d}👧"],
    ["a variation selector", "ls\uFE0F", "ls\\u{fe0f}"],
    ["one of the further variation selectors", "ls\u{E0100}", "ls\\u{e0100}"],
    ["an escape sequence", "echo \u001B[2K", "echo \\u{1b}[2K"],
    ["a backspace", "rm x\u0008\u0008ls", "rm x\\u{8}\\u{8}ls"],
    ["a lone carriage return", "rm -rf /\rls", "rm -rf /\\u{d}ls"],
    ["a carriage return at the end of a line", "a\r\nb", "a\\u{d}\nb"],
    ["a line separator", "ls\u2028rm", "ls\\u{2028}rm"],
    ["a next line", "ls\u0085rm", "ls\\u{85}rm"],
    ["a space that is none to a shell", "ls\u00A0-l", "ls\\u{a0}-l"],
    ["a wide space", "ls\u3000-l", "ls\\u{3000}-l"],
    ["an Ogham space", "ls\u1680-l", "ls\\u{1680}-l"],
    ["a Hangul filler", "ls\u3164\u115F\u1160\uFFA0", "ls\\u{3164}\\u{115f}\\u{1160}\\u{ffa0}"],
    ["a blank braille pattern", "ls\u2800", "ls\\u{2800}"],
    ["a musical sign without a picture", "ls\u{1D159}", "ls\\u{1d159}"],
    ["a Khmer vowel without a picture", "ls\u17B4", "ls\\u{17b4}"],
    ["a combining joiner", "l\u034Fs", "l\\u{34f}s"],
    ["a soft hyphen", "r\u00ADm", "r\\u{ad}m"],
    ["an object's place", "ls\uFFFC", "ls\\u{fffc}"],
    ["a byte-order mark", "\uFEFFls", "\\u{feff}ls"],
    ["a tag character", "ls\u{E0041}", "ls\\u{e0041}"],
    ["a private character", "ls\uE000", "ls\\u{e000}"],
    ["a character that is none", "ls\uFFFF", "ls\\u{ffff}"],
    ["half a character", "echo \uD83D", "echo \\u{d83d}"],
  ])("has what cannot be seen written out: %s", (_what, command, text) => {
    expect(blockOf(shown([command]))).toBe(text);
  });

  test("keeps its order where words run from right to left", () => {
    const mark = "\u200E";
    expect(blockOf(shown(["rm אב; ls ערבי/1"]))).toBe(
      `rm ${mark}אב${mark}; ls ${mark}ערבי${mark}/1`,
    );
  });

  test("is well-formed wherever it is cut", () => {
    expect(shown([`${"x".repeat(998)}😀😀`]).isWellFormed()).toBe(true);
    expect(shown([`${"x".repeat(999)}😀😀`]).isWellFormed()).toBe(true);
  });

  test("is one message's worth for channels that send HTML", () => {
    expect(blockOf(shown(["<".repeat(5000)])).length).toBeLessThanOrEqual(500);
  });
});

describe("lines of ours", () => {
  test("stand outside of the block, what is granted above and the rest below it", () => {
    const root: QuestionFact = { label: "Write access below", text: "/", weight: "grant" };
    expect(shown(["x"], FOLDER, root, REASON)).toBe(
      `❓ ${TITLE}\nWrite access below: /\n\`\`\`\nx\n\`\`\`\nFolder: /repo\nReason: to see`,
    );
  });

  test("stay one line each, take no effect, and hide nothing", () => {
    const evil = "/a\nFolder: /safe **x** @everyone\u202E\u2800  b";
    const [, , , , line, ...more] = shown(["x"], { ...FOLDER, text: evil }).split("\n");
    expect(more).toEqual([]);
    expect(line).toBe(
      "Folder: /a∖u{a}Folder: /safe ∗∗x∗∗ \u2060@\u2060everyone∖u{202e}∖u{2800}∖u{20} b",
    );
  });

  test("are few: of many grants the first, which are the widest, and how many more there are", () => {
    const grants = Array.from({ length: 14 }, (_, index): QuestionFact => ({
      label: "With it",
      text: `Write: /${index}`,
      weight: "grant",
    }));
    const text = shown(["x"], ...grants);
    expect(text).toContain("Write: /3\n… 10 more\n```");
    expect(text).not.toContain("Write: /4");
    expect(isGrantCut(question(["x"], ...grants))).toBe(true);
    expect(wholeText(question(["x"], ...grants))).toContain("Write: /13");
  });
});

describe("a long question", () => {
  const long = `echo ${"x".repeat(2000)} && rm -rf /`;

  test("is cut, and known to be", () => {
    expect(blockOf(shown(["x".repeat(900)]))).toBe("x".repeat(900));
    expect(isCut(question(["x".repeat(900)]))).toBe(false);
    expect(blockOf(shown([long]))).toMatch(/^echo x{900,}…$/);
    expect([isCut(question([long])), isGrantCut(question([long]))]).toEqual([true, true]);
  });

  test("is known to be cut where only what is written out takes the room", () => {
    const invisible = ["\u200B".repeat(200)];
    expect(blockOf(shown(invisible))).toMatch(/…$/);
    expect(isGrantCut(question(invisible))).toBe(true);
  });

  test("loses its reason first, and never what is granted by it", () => {
    const reason = { ...REASON, text: "y".repeat(100_000) };
    const text = shown(["npm publish"], FOLDER, reason);
    expect(text).toContain("```\nnpm publish\n```\nFolder: /repo\nReason: yyy");
    expect(text.length).toBeLessThan(500);
    const asked = question(["npm publish"], FOLDER, reason);
    expect([isCut(asked), isGrantCut(asked)]).toEqual([true, false]);
    expect(wholeText({ ...asked, facts: [{ ...REASON, text: "y".repeat(5000) }] })).toContain(
      "y".repeat(5000),
    );
  });

  test("loses the longest of its parts first", () => {
    const list = Array.from({ length: 10 }, (_, index) => `update /repo/${index}`).join("\n");
    const block = blockOf(shown([list, "z".repeat(3000)]));
    expect(block).toContain(`${list}\nzzz`);
    expect(block).toMatch(/z…$/);
  });

  test("has a folder whose end is hidden taken for a part of what is granted", () => {
    const asked = question(["ls"], { ...FOLDER, text: `/${"x".repeat(400)}` });
    expect(isGrantCut(asked)).toBe(true);
  });

  test("is whole on request", () => {
    expect(wholeText(question([long], FOLDER))).toBe(
      `${TITLE}\n\`\`\`\n${long}\n\`\`\`\nFolder: /repo`,
    );
  });

  test("comes in messages, as a file beyond some, and not at all where nobody could read it", () => {
    expect(wayToShow(question(["x".repeat(19_000)]))).toBe("messages");
    expect(wayToShow(question(["x".repeat(21_000)]))).toBe("file");
    expect(wayToShow(question(["x".repeat(2_100_000)]))).toBe("never");
  });

  test("is whole in its file too, what it grants and all that is said beside", () => {
    const many = "w".repeat(100_000);
    const file = plainWhole(question([many, "\u202E"], { ...REASON, text: "a\nb" }, FOLDER));
    expect(file).toBe(`${TITLE}\nReason: a\n│ b\nFolder: /repo\n\n${many}\n\\u{202e}`);
  });
});

describe("in OpenClaw's own message, which reads Markdown and HTML,", () => {
  const HINT = "In full: /codexchat show 1";
  const text = (grant: string[], ...facts: QuestionFact[]): string =>
    approvalText(question(grant, ...facts), 500, HINT).text;

  test("what is granted stands in a block of its own, our lines in a second", () => {
    expect(text(["ls", "cd"], FOLDER, REASON)).toBe(
      "\n```\nls\ncd\n```\n```\nFolder: /repo\nReason: to see\n```",
    );
  });

  test.each([
    "make -s all || touch X || true",
    "[click](https://evil.example)",
    "[link]: https://evil.example",
    "<b>bold</b> <tg-spoiler>x</tg-spoiler>",
    "a ``` b\n```\n@everyone\n````",
  ])("nothing of it takes effect: %s", (command) => {
    const shownText = text([command], FOLDER);
    const fences = shownText.split("\n").filter((line) => line.startsWith("```"));
    expect(fences).toEqual(["```", "```", "```", "```"]);
    expect(shownText.match(/`{3,}/g)).toHaveLength(4);
    expect(shownText.replaceAll("\\u{60}", "`")).toContain(command);
  });

  test("only what OpenClaw would leave alone is sent, so that the length is the one that it counts", () => {
    const sent = text(["\ta\u202Eb אב\uFE0F"], { ...FOLDER, text: "/a\nb" });
    expect(sent).toContain("\\u{9}a\\u{202e}b \\u{5d0}\\u{5d1}\\u{fe0f}\n");
    expect(sent).toContain("Folder: /a\\u{a}b");
    expect(sent).toMatch(/^[\n -~]*$/);
  });

  test("what does not fit is cut, the reason first, and it says where all of it is", () => {
    const long = text(["x".repeat(2000)], FOLDER, { ...REASON, text: "y".repeat(2000) });
    expect(long.length).toBeLessThanOrEqual(500);
    expect(long).toMatch(/x{200,}…\n```\n```\nFolder: \/repo\nReason: y+…\n```\nIn full: .* 1$/);
    const reasoned = text(["npm publish"], FOLDER, { ...REASON, text: "y".repeat(2000) });
    expect(reasoned).toContain("```\nnpm publish\n```\n```\nFolder: /repo\nReason: yyy");
    expect(reasoned.length).toBeLessThanOrEqual(500);
  });

  test("what is granted beside it stands first", () => {
    const root: QuestionFact = { label: "Write access below", text: "/", weight: "grant" };
    expect(text(["update a"], FOLDER, root)).toMatch(
      /^\n```\nWrite access below: \/\nupdate a\n```/,
    );
  });
});
