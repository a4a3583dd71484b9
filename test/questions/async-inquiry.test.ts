/** Questions that a model asks without waiting. */
import { describe, expect, test } from "vitest";
import { asyncInquiry } from "../../src/questions/async-inquiry.js";

const ITEM = {
  type: "agentMessage",
  id: "item-1",
  text: "May I drop the old table?",
  phase: "final_answer",
  delivery: "async",
  questions: [
    { title: "May I drop the old table?", options: ["Yes", "No"] },
    { title: "Under which name?", options: null },
  ],
};

describe("an item that asks", () => {
  test("is put before a person, whose answers are words for the model", () => {
    const inquiry = asyncInquiry(ITEM);
    expect(inquiry?.questions).toMatchObject([
      {
        kind: "input",
        title: "May I drop the old table?",
        choices: [{ label: "Yes" }, { label: "No" }],
      },
      { kind: "input", title: "Under which name?", choices: [] },
    ]);
    expect(inquiry?.questions[0]?.readTyped?.("Ask Ann")).toMatchObject({ result: "Ask Ann" });
    expect(inquiry?.answer(["No", "shop"])).toBe(
      "You asked: May I drop the old table?\nThe person answers: No\n\nYou asked: Under which name?\nThe person answers: shop",
    );
  });

  test("and gets some of its answers hears those", () => {
    expect(asyncInquiry(ITEM)?.answer([null, "shop"])).toBe(
      "You asked: Under which name?\nThe person answers: shop",
    );
  });

  test("and gets none hears nothing", () => {
    expect(asyncInquiry(ITEM)?.answer([null, null])).toBeNull();
  });
});

test.each([
  undefined,
  { ...ITEM, type: "reasoning" },
  { ...ITEM, delivery: null },
  { ...ITEM, questions: null },
  { ...ITEM, questions: [] },
  { ...ITEM, questions: [{ title: 7 }] },
  { ...ITEM, questions: Array.from({ length: 11 }, () => ({ title: "a", options: null })) },
])("any other item asks nothing: %o", (item) => {
  expect(asyncInquiry(item)).toBeUndefined();
});
