/** What is of use for a while only is sent for as long as that lasts. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { untilSent } from "../../src/chat/until-sent.js";
import { away, lost, refused, type Fate } from "../support/conversation/strict-channel.js";

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

/** A message whose attempts end in these ways, and then well. */
function message(...fates: Fate[]) {
  const over = Promise.withResolvers<void>();
  const warnings: unknown[] = [];
  let attempts = 0;
  const send = async (): Promise<string> => {
    const fate = fates[attempts];
    attempts += 1;
    if (fate !== undefined && fate !== "never settles" && fate.error) throw fate.error;
    return "the note";
  };
  const outcome = untilSent(send, over.promise, (error) => void warnings.push(error));
  return { outcome, over: over.resolve, warnings, attempts: () => attempts };
}

const many = (fate: Fate): Fate[] => Array<Fate>(1000).fill(fate);

test("is sent as soon as the channel is back, a minute later or ten", async () => {
  const { outcome, warnings } = message(...many(away()).slice(0, 20));
  await vi.advanceTimersByTimeAsync(600_000);
  expect(await outcome).toEqual({ kind: "sent", value: "the note" });
  expect(warnings).toHaveLength(1);
});

test("is tried until it is of no use any more, and then no more", async () => {
  const { outcome, over, attempts } = message(...many(away()));
  await vi.advanceTimersByTimeAsync(3_600_000);
  over();
  expect(await outcome).toEqual({ kind: "over" });
  const before = attempts();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(attempts()).toBe(before);
  expect(vi.getTimerCount()).toBe(0);
});

test("is not sent at all where it is of no use to begin with", async () => {
  const send = vi.fn<() => Promise<string>>();
  expect(await untilSent(send, Promise.resolve(), () => {})).toEqual({ kind: "over" });
  expect(send).not.toHaveBeenCalled();
});

test("waits for as long as the channel says", async () => {
  const { outcome, attempts } = message(refused(429, "Too Many Requests", { retry_after: 35 }));
  await vi.advanceTimersByTimeAsync(34_999);
  expect(attempts()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await outcome).toMatchObject({ kind: "sent" });
});

describe("where its way is lost sight of", () => {
  test("it is sent once more", async () => {
    const { outcome } = message(lost(true));
    await vi.advanceTimersByTimeAsync(2000);
    expect(await outcome).toMatchObject({ kind: "sent" });
  });

  test("twice, it counts as sent", async () => {
    const { outcome, attempts } = message(lost(true), away(), lost(true));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await outcome).toEqual({ kind: "perhaps sent" });
    expect(attempts()).toBe(3);
  });
});

test("is given up where the channel will never take it", async () => {
  const { outcome } = message(refused(400, "Bad Request: message is too long"));
  expect(await outcome).toEqual({ kind: "refused", reason: "message is too long" });
});
