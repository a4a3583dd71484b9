import { expect, test } from "vitest";
import { asRecord, asString } from "../../src/app-server/json.js";

test("an object is a record, as it is", () => {
  const value = { a: 1 };
  expect(asRecord(value)).toBe(value);
});

test.each([undefined, null, 0, "", "text", true, [], [{}]])("%j is no record", (value) => {
  expect(asRecord(value)).toBeUndefined();
});

test("a text is a string, an empty one too", () => {
  expect(asString("text")).toBe("text");
  expect(asString("")).toBe("");
});

test.each([undefined, null, 0, true, [], {}])("%j is no string", (value) => {
  expect(asString(value)).toBeUndefined();
});
