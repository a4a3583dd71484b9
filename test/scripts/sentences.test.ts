/** The check of the chat's sentences finds what it should. */
import { expect, test } from "vitest";
import { repeatedSentences, strayTexts } from "../../scripts/sentence-rules.js";
import { spokenTexts } from "../../scripts/spoken-texts.js";

const file = (name: string, source: string) => ({ file: name, texts: spokenTexts(name, source) });

test("finds a sentence that stands in two texts, alone or among others", () => {
  const one = file("one.ts", 'export const a = "The chat is not bound. Bind it first.";');
  const two = file(
    "two.ts",
    "export const b = (x: string) => `${x} failed.\\nThe chat is not bound.`;",
  );
  expect(repeatedSentences([one, two])).toEqual([
    { sentence: "The chat is not bound", places: ["one.ts:1", "two.ts:1"] },
  ]);
  expect(repeatedSentences([one])).toEqual([]);
});

test("takes what names modules and types for no sentence, and few words for none either", () => {
  const source = [
    'import { x } from "./the name of a module.js";',
    'type T = "the name of a type";',
    'export const label = "Allow once";',
  ];
  const texts = file("one.ts", source.join("\n"));
  expect(repeatedSentences([texts, { ...texts, file: "two.ts" }])).toEqual([]);
});

test("finds a text for the chat outside of the words: a reply's, or one that names a command", () => {
  const source = [
    'export const reply = { text: "This stands in the wrong place." };',
    'export const hint = "Then send /codexchat bind again.";',
    'export const error = new Error("the file cannot be read at all");',
    'export const label = "/codexchat compact";',
  ];
  expect(strayTexts([file("one.ts", source.join("\n"))]).map(({ place }) => place)).toEqual([
    "one.ts:1",
    "one.ts:2",
  ]);
});
