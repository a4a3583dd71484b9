/** The buttons below a question, and the clicks on them. */
import { describe, expect, onTestFinished, test } from "vitest";
import { questionButtons, registerQuestionButtons } from "../../src/questions/buttons.js";
import { answerQuestion, findQuestion, openQuestion } from "../../src/questions/board.js";
import { Clicks } from "../support/conversation/clicks.js";
import {
  CHAT,
  commandQuestion,
  opened,
  optionsQuestion,
} from "../support/conversation/questions.js";

const clicks = (): Clicks => new Clicks(registerQuestionButtons);
const click: Clicks["click"] = (...clicked) => clicks().click(...clicked);

describe("the buttons", () => {
  test("are the choices and the refusal, whose clicks come back to their handler", () => {
    const question = opened("a");
    const { channel, namespace } = clicks();
    expect(channel).toBe("telegram");
    expect(questionButtons(question)).toEqual([
      { label: "Allow once", value: `${namespace}:${question.id}:once` },
      { label: "Always for this thread", value: `${namespace}:${question.id}:always` },
      { label: "Deny", value: `${namespace}:${question.id}:deny` },
    ]);
  });

  test("show all where something was cut", () => {
    const labels = questionButtons(opened("a", commandQuestion("x".repeat(1200)))).map(
      ({ label }) => label,
    );
    expect(labels.at(-1)).toBe("Show all");
  });

  test("of a question with options are the options", () => {
    const question = opened("a", optionsQuestion("Postgres", "x".repeat(100)));
    const labels = questionButtons(question).map(({ label }) => label);
    expect(labels).toEqual(["Postgres", `${"x".repeat(59)}…`, "No answer"]);
  });

  test("carry no more than Telegram takes: 64 bytes, twelve of them the host's", () => {
    const options = Array.from({ length: 20 }, (_, index) => `option ${index}`);
    for (const { value } of questionButtons(opened("a", optionsQuestion(...options)))) {
      expect(Buffer.byteLength(value)).toBeLessThanOrEqual(52);
    }
  });
});

describe("a click", () => {
  test("decides, and leaves it to whoever asked to show it", async () => {
    const { id, ended } = opened("a");
    expect(await click(`${id}:once`)).toMatchObject({ said: [], cleared: 0 });
    expect(await ended).toMatchObject({
      choice: { result: { decision: "accept" } },
      answerer: { by: "click", channel: "telegram", senderId: "7" },
    });
  });

  test("by somebody who may not says so, and changes nothing", async () => {
    const question = opened("a", commandQuestion("x".repeat(1200)));
    for (const choice of ["once", "deny", "all"]) {
      expect(await click(`${question.id}:${choice}`, { authorized: false })).toMatchObject({
        said: ["You are not allowed to use Codex here."],
        cleared: 0,
      });
    }
    expect(findQuestion(question.id)).toBeDefined();
  });

  test("that comes late or again changes nothing, and is no noise", async () => {
    const { id, ended } = opened("a");
    await click(`${id}:deny`);
    for (const choice of ["once", "deny"]) {
      expect(await click(`${id}:${choice}`)).toMatchObject({ said: [], cleared: 0 });
    }
    expect(await ended).toMatchObject({ choice: { result: { decision: "decline" } } });
  });

  test.each([
    { what: "another chat", from: { chatId: "8" } },
    { what: "a group", from: { chatId: "-7" } },
    { what: "another account", from: { more: { accountId: "work" } } },
  ])("from $what decides nothing and shows nothing", async ({ from }) => {
    const { id } = opened("a", commandQuestion("x".repeat(1200)));
    for (const choice of ["all", "once", "deny"]) {
      expect((await click(`${id}:${choice}`, from)).said).toEqual([
        expect.stringMatching(/no longer open/),
      ]);
    }
    expect(findQuestion(id)).toBeDefined();
  });

  test("whose account the host does not name is its only one's", async () => {
    const { id } = opened("a");
    expect(await click(`${id}:once`, { more: { accountId: undefined } })).toMatchObject({
      said: [],
    });
    expect(findQuestion(id)).toBeUndefined();
  });

  test("after the turn's end hears that the question is no longer open", async () => {
    const { id, endTurn } = opened("a");
    endTurn();
    for (const choice of ["once", "all"]) {
      expect(await click(`${id}:${choice}`)).toMatchObject({
        said: [expect.stringMatching(/no longer open/)],
        cleared: 1,
      });
    }
  });

  test("on Show all has all sent, and leaves the question open", async () => {
    let shown = 0;
    const { opened: question } = openQuestion("a", commandQuestion("x".repeat(1200)), {
      timeoutMs: 60_000,
      turn: new AbortController().signal,
      chat: CHAT,
      showAll: async () => {
        shown += 1;
      },
    });
    onTestFinished(() => void answerQuestion(question.id, "deny", { by: "click" }));
    expect(await click(`${question.id}:all`)).toMatchObject({ said: [], cleared: 0 });
    expect(shown).toBe(1);
    expect(findQuestion(question.id)).toBeDefined();
  });

  test.each(["", ":", "once", "0badcafe", "0badcafe:once:more", "::::"])(
    "that carries something else finds nothing open: %o",
    async (payload) => {
      expect(await click(payload)).toMatchObject({
        said: [expect.stringMatching(/no longer open/)],
        cleared: 1,
      });
    },
  );

  test("with a choice that the question has not names those that it has", async () => {
    const { id } = opened("a");
    expect(await click(`${id}:option-0`)).toMatchObject({
      said: ["That is not among the answers: Allow once, Always for this thread, Deny."],
      cleared: 0,
    });
    expect(findQuestion(id)).toBeDefined();
  });
});
