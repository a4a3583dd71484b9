/** What a person is told about questions: none of what is not ours takes effect. */
import { describe, expect, test } from "vitest";
import { questionWords } from "../../src/words/question-words.js";
import type { CodexQuestion } from "../../src/questions/question.js";
import { commandQuestion } from "../support/conversation/questions.js";

const ALONE: [number, number] = [1, 1];
const TYPED = { hasButtons: false };
const TAPPED = { hasButtons: true };

const asking = (more: Partial<CodexQuestion>): CodexQuestion => ({ ...commandQuestion(), ...more });

describe("a title and options, which are not ours,", () => {
  const EVIL = "<!channel> @everyone **[x](https://evil.example)**\nsecond line";

  test("take no effect", () => {
    const option = { id: "option-0", label: EVIL, outcome: EVIL, result: EVIL } as const;
    const evil = asking({ kind: "input", title: EVIL, grant: [], facts: [], choices: [option] });
    const text = questionWords.question({ handle: "1", question: evil }, ALONE, TYPED);
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

const questionAbout = (command: string): string =>
  questionWords.question({ handle: "0badca", question: commandQuestion(command) }, ALONE, TYPED);

describe("a question", () => {
  test("of several says which it is, and how to answer it by typing", () => {
    const question = commandQuestion();
    const text = questionWords.question({ handle: "0badca", question }, [2, 3], TYPED);
    expect(text).toMatch(/^❓ 2 of 3: Codex wants to run a command:\n/);
    expect(text).toMatch(/approve 0badca \[always\]`, `\/codexchat deny 0badca \[REASON\]`$/);
  });

  test("that is cut names the command that shows all of it", () => {
    expect(questionAbout("x".repeat(2000))).toContain("\nIn full: `/codexchat show 0badca`\n");
    expect(questionAbout("ls")).not.toContain("All of it");
  });

  test("above buttons names none of the typed ways, cut or not", () => {
    for (const command of ["ls", "x".repeat(2000)]) {
      const question = commandQuestion(command);
      const text = questionWords.question({ handle: "0badca", question }, ALONE, TAPPED);
      expect(text).not.toMatch(/0badca|codexchat|typing/i);
    }
  });

  test("above buttons says how to answer in words where it takes them, and by its choices not", () => {
    const free = asking({ kind: "input", choices: [], readTyped: (text) => text });
    const text = questionWords.question({ handle: "0badca", question: free }, ALONE, TAPPED);
    expect(text).toMatch(/\nIn your own words: `\/codexchat answer YOUR ANSWER`$/);
    const question = asking({ ...free, typesChoices: true });
    expect(questionWords.question({ handle: "0badca", question }, ALONE, TAPPED)).not.toContain(
      "codexchat",
    );
  });

  test("keeps pictures that consist of several whole, in its text and on its buttons", () => {
    const label = "👩‍👩‍👧 and ❤️";
    const option = { id: "option-0", label, outcome: label, result: label } as const;
    const asked = asking({ kind: "input", title: label, grant: [], facts: [], choices: [option] });
    const text = questionWords.question({ handle: "1", question: asked }, ALONE, TYPED);
    expect(text.split("\n").slice(0, 2)).toEqual([`❓ ${label}`, `1. ${label}`]);
    expect(questionWords.button(label)).toBe(label);
  });

  test("of a sub-agent names it, whether the title is ours or the agent's", () => {
    expect(questionWords.byAgent("fixer", questionWords.command)).toBe(
      "Sub-agent fixer wants to run a command:",
    );
    expect(questionWords.byAgent("a\nb **c**", "Which one?")).toBe(
      "Sub-agent a b ∗∗c∗∗ asks: Which one?",
    );
  });
});

describe("an outcome", () => {
  test("stands below what was asked", () => {
    const asked = asking({ grant: ["curl https://a.example @b"], facts: [] });
    expect(questionWords.settled(asked, "Allowed once.")).toBe(
      "❓ Codex wants to run a command:\n```\ncurl https://a.example @b\n```\n➡️ Allowed once.",
    );
  });

  test("of a question without details needs no empty block", () => {
    expect(
      questionWords.settled(asking({ title: "Which one?", grant: [], facts: [] }), "SQLite"),
    ).toBe("❓ Which one?\n➡️ SQLite");
  });
});

test("which question is meant is asked with the commands to answer each", () => {
  expect(questionWords.which([], "approve")).toBe("Codex isn't asking anything right now.");
  const open = [
    { handle: "1", question: commandQuestion("npm test") },
    { handle: "2", question: commandQuestion("rm -rf **/x `y`") },
  ];
  expect(questionWords.which(open, "approve")).toBe(
    [
      "Name the question:",
      "`/codexchat approve 1`: Codex wants to run a command: npm test",
      "`/codexchat approve 2`: Codex wants to run a command: rm -rf ∗∗/x 'y'",
    ].join("\n"),
  );
});
