/** What a person reads before saying yes: all of it that matters, exactly, and nothing that takes effect. */
import { describe, expect, test } from "vitest";
import { questionWords } from "../../src/words/question-words.js";
import type { CodexQuestion } from "../../src/questions/question.js";
import { commandQuestion } from "../support/conversation/questions.js";

const asking = (more: Partial<CodexQuestion>): CodexQuestion => ({ ...commandQuestion(), ...more });

function question(details: string[], title = "Codex wants to run a command:"): string {
  return questionWords.question({
    id: "0badcafe",
    question: asking({ title, details }),
  });
}

/** The lines of the code block. */
function blockOf(text: string): string {
  return /^```\n([^]*)\n```$/m.exec(text)?.[1] ?? "no block";
}

describe("a command", () => {
  test("is shown exactly as it is", () => {
    const command =
      "git commit -m \"*a* _b_ [c](d) <e> `f`\" && cat 'it'\n\techo @here #1 https://x.y";
    expect(blockOf(question([command]))).toBe(command);
  });

  test("cannot end the block that it stands in", () => {
    const text = question(["echo ```\n# not a heading\n```\n@everyone"]);
    expect(text.match(/```/g)).toHaveLength(2);
    expect(text.match(/`{3,}/g)).toHaveLength(2);
  });

  test.each([
    ["a direction override", "rm \u202E/tmp", "rm \\u{202e}/tmp"],
    ["a zero-width space", "rm\u200B -rf", "rm\\u{200b} -rf"],
    ["an escape sequence", "echo \u001B[2K", "echo \\u{1b}[2K"],
    ["a backspace", "rm x\u0008\u0008ls", "rm x\\u{8}\\u{8}ls"],
    ["a lone carriage return", "rm -rf /\rls", "rm -rf /\nls"],
    ["a line separator", "ls\u2028rm", "ls\\u{2028}rm"],
    ["a space that is none to a shell", "ls\u00A0-l", "ls\\u{a0}-l"],
    ["a letter that looks like nothing", "ls\u3164", "ls\\u{3164}"],
    ["a tag character", "ls\u{E0041}", "ls\\u{e0041}"],
  ])("has what cannot be seen written out: %s", (_what, command, shown) => {
    expect(blockOf(question([command]))).toBe(shown);
  });

  test("with half a character is well-formed", () => {
    expect(question(["echo \uD83D"]).isWellFormed()).toBe(true);
    expect(question([`${"x".repeat(498)}😀😀`]).isWellFormed()).toBe(true);
  });
});

describe("a long command", () => {
  const long = `echo ${"x".repeat(2000)} && rm -rf /`;

  test("is cut, and says so", () => {
    expect(blockOf(question(["x".repeat(500)]))).toBe("x".repeat(500));
    const shown = blockOf(question([long]));
    expect(shown.length).toBeLessThanOrEqual(500);
    expect(shown).toMatch(/x…$/);
  });

  test("leaves its folder and its reason to be seen", () => {
    const shown = blockOf(question([long, "Folder: /repo", "Reason: to see"]));
    expect(shown).toMatch(/x…\nFolder: \/repo\nReason: to see$/);
    expect(shown.length).toBeLessThanOrEqual(500);
  });

  test("keeps a good part of itself whatever comes with it", () => {
    const shown = blockOf(question([long, `Reason: ${"y".repeat(600)}`]));
    expect(shown).toMatch(/^echo x{100}/);
    expect(shown.length).toBeLessThanOrEqual(500);
  });

  test("can be seen as a whole wherever anything of it was cut", () => {
    expect(questionWords.isLong(["x".repeat(500)])).toBe(false);
    expect(questionWords.isLong(["x".repeat(501)])).toBe(true);
    // 100 characters, each of which is written out in eight.
    const invisible = "\u200B".repeat(100);
    expect(blockOf(question([invisible]))).toMatch(/…$/);
    expect(questionWords.isLong([invisible])).toBe(true);
  });

  test("names the command that shows all of it", () => {
    expect(question([long])).toContain("All of it: /codexchat show 0badcafe\n");
    expect(question(["ls"])).not.toContain("All of it");
  });

  test("is whole on request, as far as nobody floods a chat", () => {
    expect(questionWords.full("A command:", [long])).toBe(`A command:\n\`\`\`\n${long}\n\`\`\``);
    const text = questionWords.full("A command:", ["y".repeat(100_000)]);
    expect(text.length).toBeLessThan(21_000);
  });

  test("fits into OpenClaw's own message, with the command that shows all of it", () => {
    const text = questionWords.operatorText([long, "Folder: /repo"], 500, "/codexchat show 1");
    expect(text.length).toBeLessThanOrEqual(500);
    expect(text).toMatch(
      /^echo x+…\nFolder: \/repo\nAll of it, in Codex's chat: \/codexchat show 1$/,
    );
    expect(questionWords.operatorText(["ls", "Folder: /repo"], 500, "x")).toBe("ls\nFolder: /repo");
  });
});

describe("a title and options, which are not ours,", () => {
  const EVIL = "<!channel> @everyone **[x](https://evil.example)**\nsecond line";

  test("take no effect", () => {
    const option = { id: "option-0", label: EVIL, outcome: EVIL, result: EVIL } as const;
    const evil = asking({ kind: "input", title: EVIL, details: [], choices: [option] });
    const text = questionWords.question({ id: "1", question: evil });
    expect(text).not.toMatch(/@everyone|<!|\*\*|\]\(|https:\/\//);
    expect(text.split("\n")).toHaveLength(3);
    for (const sentence of [
      questionWords.nobodyAnswered(asking({ title: EVIL }), 1000),
      questionWords.alreadySettled(EVIL),
      questionWords.noSuchChoice([EVIL, "b"]),
      questionWords.button(EVIL),
    ]) {
      expect(sentence).not.toMatch(/@everyone|<!|\*\*|\n/);
    }
  });
});

describe("an outcome", () => {
  test("stands below what was asked", () => {
    const asked = asking({ details: ["curl https://a.example @b"] });
    expect(questionWords.settled(asked, "Allowed once.")).toBe(
      "❓ Codex wants to run a command:\n```\ncurl https://a.example @b\n```\n➡️ Allowed once.",
    );
  });

  test("of a question without details needs no empty block", () => {
    expect(questionWords.settled(asking({ title: "Which one?", details: [] }), "SQLite")).toBe(
      "❓ Which one?\n➡️ SQLite",
    );
  });
});

test("which question is meant is asked with the commands to answer each", () => {
  expect(questionWords.which([], "approve")).toBe("Codex asks nothing at the moment.");
  expect(questionWords.which(["1", "2"], "approve")).toMatch(/approve 1, \/codexchat approve 2$/);
});
