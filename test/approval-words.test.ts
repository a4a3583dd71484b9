/** What a person reads before saying yes: all of it that matters, exactly, and nothing that takes effect. */
import { describe, expect, test } from "vitest";
import { approvalWords } from "../src/approval-words.js";

function question(details: string[], title = "Codex wants to run a command:"): string {
  return approvalWords.question({ id: "0badcafe", title, details, options: [] });
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
    expect(approvalWords.isLong(["x".repeat(500)])).toBe(false);
    expect(approvalWords.isLong(["x".repeat(501)])).toBe(true);
    // 100 characters, each of which is written out in eight.
    const invisible = "\u200B".repeat(100);
    expect(blockOf(question([invisible]))).toMatch(/…$/);
    expect(approvalWords.isLong([invisible])).toBe(true);
  });

  test("is whole on request, as far as a message of any channel goes", () => {
    expect(approvalWords.full("A command:", [long], "plain")).toBe(`A command:\n${long}`);
    const text = approvalWords.full("x".repeat(400), ["y".repeat(10_000)], "markdown");
    expect(text.length).toBeLessThan(4000);
  });
});

describe("a title and options, which are not ours,", () => {
  const EVIL = "<!channel> @everyone **[x](https://evil.example)**\nsecond line";

  test("take no effect", () => {
    const text = approvalWords.question({ id: "1", title: EVIL, details: [], options: [EVIL] });
    expect(text).not.toMatch(/@everyone|<!|\*\*|\]\(|https:\/\//);
    expect(text.split("\n")).toHaveLength(3);
    for (const sentence of [
      approvalWords.nobodyAnswered(EVIL, 1000),
      approvalWords.alreadySettled(EVIL),
      approvalWords.noSuchChoice([EVIL, "b"]),
      approvalWords.button(EVIL),
    ]) {
      expect(sentence).not.toMatch(/@everyone|<!|\*\*|\n/);
    }
  });
});

describe("an outcome", () => {
  const asked = { title: "Codex wants to run a command:", details: ["curl https://a.example @b"] };

  test("stands below what was asked", () => {
    expect(approvalWords.settled(asked, "Allowed once.", "markdown")).toBe(
      "❓ Codex wants to run a command:\n```\ncurl https://a.example @b\n```\n➡️ Allowed once.",
    );
  });

  test("where the channel shows texts as they are, has no marks, and neither links nor mentions", () => {
    const text = approvalWords.settled(asked, "Denied.", "plain");
    expect(text.replaceAll("\u2060", "")).toBe(
      "❓ Codex wants to run a command:\ncurl https://a.example @b\n➡️ Denied.",
    );
    expect(text).not.toMatch(/@b|https:\/\/|a\.example/);
  });

  test("of a question without details needs no empty block", () => {
    expect(approvalWords.settled({ title: "Which one?", details: [] }, "SQLite", "markdown")).toBe(
      "❓ Which one?\n➡️ SQLite",
    );
  });
});

test("which question is meant is asked with the commands to answer each", () => {
  expect(approvalWords.which([])).toBe("Codex asks nothing at the moment.");
  expect(approvalWords.which(["1", "2"])).toMatch(/approve 1, \/codexchat approve 2$/);
});
