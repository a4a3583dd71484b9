import { expect, test } from "vitest";
import { durationInWords } from "../../src/common/duration.js";

test.each([
  [1, "1 ms"],
  [999, "999 ms"],
  [1000, "1 second"],
  [1500, "1.5 seconds"],
  [59_000, "59 seconds"],
  [60_000, "1 minute"],
  [90_000, "1.5 minutes"],
  [1_200_000, "20 minutes"],
  [3_600_000, "1 hour"],
  [21_600_000, "6 hours"],
  [5_400_000, "1.5 hours"],
])("%i milliseconds are %s", (ms, words) => {
  expect(durationInWords(ms)).toBe(words);
});
