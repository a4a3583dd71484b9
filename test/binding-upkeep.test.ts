import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { BindingUpkeep, type Look } from "../src/binding-upkeep.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SOON_MS = 3000;
/** Looks soon after the start. */
const SOON = 40;
const LATER_MS = 5 * 60_000;

/** An upkeep whose looks find this, one after another; the last one for good. */
function looking(...finds: Look[]) {
  const settled: boolean[] = [];
  const upkeep = new BindingUpkeep(async (isSettled) => {
    settled.push(isSettled);
    return finds[settled.length - 1] ?? finds.at(-1) ?? "done";
  });
  onTestFinished(() => upkeep.stop());
  return { upkeep, looks: () => settled.length, settled };
}

test("a look that comes before the channels run is taken again soon, until they do", async () => {
  const { upkeep, looks } = looking("early", "early", "done");
  await upkeep.start();
  expect(looks()).toBe(1);
  await vi.advanceTimersByTimeAsync(2 * SOON_MS);
  expect(looks()).toBe(3);
  await vi.advanceTimersByTimeAsync(SOON_MS);
  expect(looks()).toBe(3);
});

test("a channel that never runs is not looked for soon for ever", async () => {
  const { upkeep, looks } = looking("early");
  await upkeep.start();
  await vi.advanceTimersByTimeAsync(SOON * SOON_MS);
  expect(looks()).toBe(SOON + 1);
  await vi.advanceTimersByTimeAsync(LATER_MS);
  expect(looks()).toBe(SOON + 2);
});

test("what is not there counts as gone only after the last of the looks soon after the start", async () => {
  const { upkeep, settled } = looking("early");
  await upkeep.start();
  await vi.advanceTimersByTimeAsync((SOON - 1) * SOON_MS);
  expect(settled).toEqual(Array(SOON).fill(false));
  await vi.advanceTimersByTimeAsync(SOON_MS + LATER_MS);
  expect(settled.slice(SOON)).toEqual([true, true]);
});

test("it looks every five minutes, until the stop", async () => {
  const { upkeep, looks } = looking("done");
  await upkeep.start();
  await vi.advanceTimersByTimeAsync(2 * LATER_MS);
  expect(looks()).toBe(3);
  upkeep.stop();
  await vi.advanceTimersByTimeAsync(2 * LATER_MS);
  expect(looks()).toBe(3);
});

test("two starts at a time look one after another, and go on as one", async () => {
  const { upkeep, looks } = looking("done");
  await Promise.all([upkeep.start(), upkeep.start()]);
  expect(looks()).toBe(2);
  await vi.advanceTimersByTimeAsync(LATER_MS);
  expect(looks()).toBe(3);
});
