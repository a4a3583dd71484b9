import { expect, test } from "vitest";
import { lettersApart } from "../../src/common/letters-apart.js";

test.each([
  ["status", "status", 0],
  ["", "new", 3],
  ["statu", "status", 1],
  ["statuss", "status", 1],
  ["stetus", "status", 1],
  ["stpo", "stop", 1],
  ["tsop", "stop", 1],
  ["sttau", "status", 2],
  ["queue", "bind", 5],
])("from %s to %s it is so many slips, either way: %d", (one, other, slips) => {
  expect(lettersApart(one, other)).toBe(slips);
  expect(lettersApart(other, one)).toBe(slips);
});
