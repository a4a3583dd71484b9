import { expect, test } from "vitest";
import { durationInWords } from "../../src/common/duration.js";

test.each([
  [1, "1 ms"],
  [999, "999 ms"],
  [1000, "1 second"],
  [1500, "2 seconds"],
  [59_000, "59 seconds"],
  [59_600, "1 minute"],
  [60_000, "1 minute"],
  [70_000, "1 min 10 s"],
  [90_000, "1 min 30 s"],
  [1_200_000, "20 minutes"],
  [3_599_700, "1 hour"],
  [3_600_000, "1 hour"],
  [3_629_000, "1 hour"],
  [21_600_000, "6 hours"],
  [5_400_000, "1 h 30 min"],
  [86_340_000, "23 h 59 min"],
])("%i milliseconds are %s", (ms, words) => {
  expect(durationInWords(ms)).toBe(words);
});
