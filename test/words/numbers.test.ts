import { describe, expect, test } from "vitest";
import { shortAge, shortCount, shortDuration, shortTime } from "../../src/words/numbers.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [0, "0"],
  [950, "950"],
  [12_300, "12k"],
  [258_400, "258k"],
  [1_250_000, "1.3M"],
])("%i tokens are %s", (count, said) => {
  expect(shortCount(count)).toBe(said);
});

test.each([
  [-5, "0 s"],
  [40_000, "40 s"],
  [3 * MINUTE + 59_000, "3 min"],
  [2 * HOUR + 5 * MINUTE, "2 h 5 min"],
  [5 * HOUR, "5 h"],
  [3 * DAY + 4 * HOUR, "3 d 4 h"],
  [7 * DAY, "7 d"],
])("%i ms last %s", (ms, said) => {
  expect(shortDuration(ms)).toBe(said);
});

test.each([
  [-1000, "just now"],
  [30_000, "just now"],
  [5 * MINUTE, "5 min ago"],
  [5 * HOUR, "5 h ago"],
  [50 * HOUR, "2 d ago"],
])("%i ms ago is %s", (ms, said) => {
  expect(shortAge(ms)).toBe(said);
});

describe("a time", () => {
  const now = Date.UTC(2026, 10, 22, 12, 0);

  test("that is soon needs no day", () => {
    expect(shortTime(now + 2.5 * HOUR, now)).toBe("14:30 UTC");
  });

  test("that is not has one", () => {
    expect(shortTime(now + 2 * DAY, now)).toBe("24 Nov 12:00 UTC");
  });
});
