import { expect, test } from "vitest";
import { resetOfLimits } from "../../src/app-server/account-facts.js";

const limit = (usedPercent: number, resetsAt?: number) => ({
  usedPercent,
  resetsAt,
  windowMinutes: undefined,
});

test.each([
  { limits: [], resetsAt: undefined },
  { limits: [limit(99, 10), limit(40, 20)], resetsAt: undefined },
  { limits: [limit(100, 10), limit(40, 20)], resetsAt: 10 },
  { limits: [limit(100, 10), limit(101, 20)], resetsAt: 20 },
  { limits: [limit(100)], resetsAt: undefined },
])("an account's limits $limits reset at $resetsAt", ({ limits, resetsAt }) => {
  expect(resetOfLimits(limits)).toBe(resetsAt);
});
