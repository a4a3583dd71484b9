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

const item = (
  method: "item/started" | "item/completed",
  of: Record<string, unknown>,
  threadId = "thread-1",
): { method: string; params: unknown } => ({ method, params: { threadId, item: of } });

test.each([
  { sign: "a poll of a quiet command", method: "item/commandExecution/terminalInteraction" },
  { sign: "the count of an answer's tokens", method: "thread/tokenUsage/updated" },
  { sign: "a sub-agent's turn", method: "turn/started" },
])("$sign is a sign of life", async ({ method }) => {
  const { watch, silentAt, pass } = watching();
  await pass(600);
  watch.handleNotification({ method, params: {} });
  await pass(999);
  expect(silentAt).toEqual([]);
  await pass(1);
  expect(silentAt).toEqual([1600]);
});

test("a command that has begun is no silence until it has ended", async () => {
  const { watch, silentAt, pass } = watching();
  const command = { type: "commandExecution", id: "c" };
  watch.handleNotification(item("item/started", command));
  await pass(100_000);
  watch.handleNotification(item("item/completed", command));
  await pass(999);
  expect(silentAt).toEqual([]);
  await pass(1001);
  expect(silentAt).toHaveLength(1);
});

test("a message or a thought that has begun and does not come is silence", async () => {
  const { watch, silentAt, pass } = watching();
  watch.handleNotification(item("item/started", { type: "reasoning", id: "r" }));
  watch.handleNotification(item("item/started", { type: "agentMessage", id: "m" }));
  await pass(1000);
  expect(silentAt).toEqual([1000]);
});

test("a command that a sub-agent's turn leaves running is no sign of life", async () => {
  const { watch, silentAt, pass } = watching();
  watch.handleNotification(item("item/started", { type: "commandExecution", id: "c" }, "child"));
  watch.handleNotification({ method: "turn/completed", params: { threadId: "child" } });
  await pass(1000);
  expect(silentAt).toEqual([1000]);
});

test("a sleep is no silence for its length, and no longer", async () => {
  const { watch, silentAt, pass } = watching();
  watch.handleNotification(item("item/started", { type: "sleep", id: "s", durationMs: 50_000 }));
  await pass(50_999);
  expect(silentAt).toEqual([]);
  await pass(1);
  expect(silentAt).toEqual([51_000]);
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

test.each([-3_600_000, 1_800_000])(
  "silence is as long as it is, though the machine's clock jumps by %d ms",
  async (jump) => {
    const { watch, silentAt, pass } = watching();
    await pass(500);
    vi.setSystemTime(Date.now() + jump);
    watch.noteProgress();
    vi.setSystemTime(Date.now() + jump);
    await pass(999);
    expect(silentAt).toEqual([]);
    await pass(1);
    expect(silentAt).toHaveLength(1);
  },
);
