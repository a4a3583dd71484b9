import { expect, test } from "vitest";
import { StartBackoff } from "../../src/app-server/start-backoff.js";

const reason = new Error("died");

test("the third quick death in a row brings a wait of 1 s, which doubles up to 30 s", () => {
  const backoff = new StartBackoff();
  const waits: Array<number | undefined> = [];
  for (let now = 0; waits.length < 9; now += 100_000) {
    backoff.recordDeath(now - 10, now, reason);
    waits.push(backoff.blockedAt(now)?.waitMs);
  }
  expect(waits).toEqual([undefined, undefined, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test("the wait ends, and says what it was for", () => {
  const backoff = new StartBackoff();
  for (const now of [10, 20, 30]) backoff.recordDeath(now - 10, now, reason);
  expect(backoff.blockedAt(1_029)).toEqual({ waitMs: 1, deaths: 3, reason });
  expect(backoff.blockedAt(1_030)).toBeUndefined();
});

test("one that lived for 30 s begins a new count", () => {
  const backoff = new StartBackoff();
  for (const now of [10, 20]) backoff.recordDeath(now - 10, now, reason);
  backoff.recordDeath(20, 30_020, reason);
  backoff.recordDeath(30_020, 30_030, reason);
  backoff.recordDeath(30_030, 30_040, reason);
  expect(backoff.blockedAt(30_040)).toBeUndefined();
});
