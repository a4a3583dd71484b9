import { beforeEach, expect, test, vi } from "vitest";
import { SilenceWatch } from "../../src/thread/turn-silence.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  return () => void vi.useRealTimers();
});

/** A watch for 1000 ms of silence, with when it fell silent. */
function watching(): {
  watch: SilenceWatch;
  silentAt: number[];
  pass: (ms: number) => Promise<unknown>;
} {
  const startedAt = Date.now();
  const silentAt: number[] = [];
  const watch = new SilenceWatch(1000, () => void silentAt.push(Date.now() - startedAt));
  return { watch, silentAt, pass: (ms) => vi.advanceTimersByTimeAsync(ms) };
}

test("silence is told once, when it is long enough", async () => {
  const { silentAt, pass } = watching();
  await pass(999);
  expect(silentAt).toEqual([]);
  await pass(5000);
  expect(silentAt).toEqual([1000]);
});

test("progress begins it anew, talk of retries does not", async () => {
  const { watch, silentAt, pass } = watching();
  await pass(600);
  watch.handleNotification({ method: "item/agentMessage/delta", params: {} });
  await pass(600);
  watch.handleNotification({ method: "error", params: {} });
  watch.handleNotification({ method: "thread/status/changed", params: {} });
  await pass(399);
  expect(silentAt).toEqual([]);
  await pass(1);
  expect(silentAt).toEqual([1600]);
});

test("while a person is asked it stands still, and begins anew with the answer", async () => {
  const { watch, silentAt, pass } = watching();
  const answer = Promise.withResolvers<string>();
  await pass(900);
  const waited = watch.during(answer.promise);
  await pass(100_000);
  expect(silentAt).toEqual([]);
  answer.resolve("yes");
  expect(await waited).toBe("yes");
  const answeredAt = 100_900;
  await pass(999);
  expect(silentAt).toEqual([]);
  await pass(1001);
  expect(silentAt).toEqual([answeredAt + 1000]);
});

test("it stands still until the last of several waits is over, failed ones too", async () => {
  const { watch, silentAt, pass } = watching();
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const failed = watch.during(first.promise).catch((error: unknown) => error);
  const waited = watch.during(second.promise);
  first.reject(new Error("lost"));
  expect(await failed).toEqual(new Error("lost"));
  await pass(100_000);
  expect(silentAt).toEqual([]);
  second.resolve();
  await waited;
  await pass(2000);
  expect(silentAt).toHaveLength(1);
});

test("a watch that is disposed of leaves no timer", async () => {
  const { watch, silentAt, pass } = watching();
  watch.dispose();
  expect(vi.getTimerCount()).toBe(0);
  await pass(5000);
  expect(silentAt).toEqual([]);
});
