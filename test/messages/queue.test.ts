import { describe, expect, test, vi } from "vitest";
import {
  ConversationTurnDroppedError,
  ConversationTurnSteeredError,
  type QueueSlot,
  type WaitingJob,
  dropConversationTurn,
  dropConversationTurns,
  enqueueConversationTurn,
  nextConversationTurn,
  queuedConversationTurns,
  steerConversationTurn,
  waitingConversationTurns,
} from "../../src/messages/queue.js";
import { settled, unhandledDuring } from "../support/conversation/settled.js";

/** A job that says when it starts and ends when it is told to. */
function job(name: string, log: string[]) {
  const end = Promise.withResolvers<string>();
  return {
    run: (): Promise<string> => {
      log.push(name);
      return end.promise;
    },
    end: (): void => end.resolve(`${name}'s result`),
    fail: (): void => end.reject(new Error(`${name} failed`)),
  };
}

test("jobs of one key run one after another, in order of arrival", async () => {
  const log: string[] = [];
  const [first, second, third] = [job("first", log), job("second", log), job("third", log)];
  const results = [first, second, third].map(({ run }) => enqueueConversationTurn("chat", run));
  await settled();
  expect(log).toEqual(["first"]);

  first.end();
  await settled();
  expect(log).toEqual(["first", "second"]);

  third.end();
  await settled();
  expect(log).toEqual(["first", "second"]);

  second.end();
  expect(await Promise.all(results)).toEqual([
    "first's result",
    "second's result",
    "third's result",
  ]);
});

test("jobs of different keys do not wait for each other", async () => {
  const log: string[] = [];
  const [slow, quick] = [job("slow", log), job("quick", log)];
  const slowResult = enqueueConversationTurn("one chat", slow.run);
  const quickResult = enqueueConversationTurn("another chat", quick.run);
  quick.end();
  expect(await quickResult).toBe("quick's result");
  slow.end();
  await slowResult;
  expect(log).toEqual(["slow", "quick"]);
});

test("a failed job rejects for its own caller alone, and the next one runs", async () => {
  const log: string[] = [];
  const [failing, next] = [job("failing", log), job("next", log)];
  const failure = enqueueConversationTurn("chat", failing.run);
  const result = enqueueConversationTurn("chat", next.run);
  failing.fail();
  next.end();
  await expect(failure).rejects.toThrow("failing failed");
  expect(await result).toBe("next's result");
});

test("a job that throws at once is a failed job", async () => {
  const thrown = enqueueConversationTurn("chat", () => {
    throw new Error("thrown");
  });
  await expect(thrown).rejects.toThrow("thrown");
  expect(await enqueueConversationTurn("chat", async () => "next")).toBe("next");
});

test("a failure that its caller handles leaves no unhandled rejection, nor does a rejecting hold", async () => {
  const unhandled = await unhandledDuring(async () => {
    const failure = enqueueConversationTurn("chat", async (slot) => {
      slot.holdUntil(Promise.reject(new Error("hold")));
      throw new Error("job");
    });
    await expect(failure).rejects.toThrow("job");
  });
  expect(unhandled).toEqual([]);
});

test("a key counts its running and waiting jobs, and is forgotten when there are none", async () => {
  const jobs = [job("first", []), job("second", [])];
  expect(queuedConversationTurns("chat")).toBe(0);
  const results = jobs.map(({ run }) => enqueueConversationTurn("chat", run));
  expect(queuedConversationTurns("chat")).toBe(2);
  expect(queuedConversationTurns("another chat")).toBe(0);

  jobs[0]?.end();
  await settled();
  expect(queuedConversationTurns("chat")).toBe(1);

  jobs[1]?.fail();
  await Promise.allSettled(results);
  await settled();
  expect(queuedConversationTurns("chat")).toBe(0);
});

test("nothing of a key is kept when its jobs are done", async () => {
  const lines: unknown = Reflect.get(
    globalThis,
    Symbol.for("openclaw-codex-conversation.conversation-queue"),
  );
  if (!(lines instanceof Map)) throw new Error("the lines of all keys are not where they were");
  const result = enqueueConversationTurn("chat", async () => undefined);
  expect(lines.size).toBe(1);
  await result;
  await settled();
  expect(lines.size).toBe(0);
});

test.each([
  { outcome: "fulfilled", settle: (hold: PromiseWithResolvers<void>) => hold.resolve() },
  { outcome: "rejected", settle: (hold: PromiseWithResolvers<void>) => hold.reject(new Error()) },
])(
  "the next job waits for a hold until it is $outcome; the caller does not",
  async ({ settle }) => {
    const hold = Promise.withResolvers<void>();
    const log: string[] = [];
    const result = enqueueConversationTurn("chat", async (slot: QueueSlot) => {
      slot.holdUntil(hold.promise);
      return "told";
    });
    const next = enqueueConversationTurn("chat", async () => log.push("next"));
    expect(await result).toBe("told");
    await settled();
    expect(log).toEqual([]);
    expect(queuedConversationTurns("chat")).toBe(2);

    settle(hold);
    await next;
    await settled();
    expect(queuedConversationTurns("chat")).toBe(0);
  },
);

test("the next job waits for every hold of the one before", async () => {
  const holds = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const log: string[] = [];
  await enqueueConversationTurn("chat", async (slot) => {
    for (const hold of holds) slot.holdUntil(hold.promise);
  });
  const next = enqueueConversationTurn("chat", async () => log.push("next"));
  holds[1]?.resolve();
  await settled();
  expect(log).toEqual([]);
  holds[0]?.resolve();
  await next;
});

test("a fresh copy of the module, as after a reload, stands in the same line", async () => {
  const log: string[] = [];
  const old = job("old", log);
  const result = enqueueConversationTurn("chat", old.run);
  vi.resetModules();
  const fresh = await import("../../src/messages/queue.js");
  expect(fresh.enqueueConversationTurn).not.toBe(enqueueConversationTurn);
  expect(fresh.queuedConversationTurns("chat")).toBe(1);

  const next = fresh.enqueueConversationTurn("chat", async () => log.push("new"));
  await settled();
  expect(log).toEqual(["old"]);
  old.end();
  await Promise.all([result, next]);
  expect(log).toEqual(["old", "new"]);
});

type Queue = {
  dropConversationTurns: typeof dropConversationTurns;
  steerConversationTurn: typeof steerConversationTurn;
};

test.each([
  {
    what: "drops",
    removes: async (fresh: Queue) => void fresh.dropConversationTurns("chat"),
    error: ConversationTurnDroppedError,
  },
  {
    what: "steers",
    removes: async (fresh: Queue) => void (await fresh.steerConversationTurn("waiting")),
    error: ConversationTurnSteeredError,
  },
])(
  "a job that a fresh copy of the module $what leaves with an error that its own copy knows",
  async ({ removes, error }) => {
    const log: string[] = [];
    const first = job("first", log);
    const results = [
      enqueueConversationTurn("chat", first.run),
      enqueueConversationTurn("chat", job("waiting", log).run, as("waiting")),
    ];
    vi.resetModules();
    const fresh = await import("../../src/messages/queue.js");
    expect(fresh.ConversationTurnDroppedError).not.toBe(ConversationTurnDroppedError);
    await removes(fresh);
    await expect(results[1]).rejects.toBeInstanceOf(error);
    first.end();
    await results[0];
    expect(log).toEqual(["first"]);
  },
);

test("a job with a label is listed while it waits, and no longer", async () => {
  const log: string[] = [];
  const [first, second, third] = [job("first", log), job("second", log), job("third", log)];
  const results = [
    enqueueConversationTurn("chat", first.run, as("one")),
    enqueueConversationTurn("chat", second.run),
    enqueueConversationTurn("chat", third.run, as("three")),
  ];
  await settled();
  expect(waitingConversationTurns("chat")).toMatchObject([{ number: 3, label: "three" }]);
  for (const { end } of [first, second, third]) end();
  await Promise.all(results);
  expect(waitingConversationTurns("chat")).toEqual([]);
});

test("a dropped job never runs, tells its caller at once, and leaves its place to the next", async () => {
  const log: string[] = [];
  const [first, second, third] = [job("first", log), job("second", log), job("third", log)];
  const running = enqueueConversationTurn("chat", first.run, as("one"));
  const dropped = enqueueConversationTurn("chat", second.run, as("two"));
  const next = enqueueConversationTurn("chat", third.run, as("three"));
  await settled();
  expect(dropConversationTurn("chat", 2)).toEqual({ number: 2, label: "two", steering: false });
  await expect(dropped).rejects.toBeInstanceOf(ConversationTurnDroppedError);
  expect(queuedConversationTurns("chat")).toBe(2);
  expect(dropConversationTurn("chat", 2)).toBeUndefined();
  first.end();
  third.end();
  expect(await Promise.all([running, next])).toEqual(["first's result", "third's result"]);
  expect(log).toEqual(["first", "third"]);
});

test("dropping all leaves what runs, and jobs that come later run", async () => {
  const log: string[] = [];
  const [first, later] = [job("first", log), job("later", log)];
  const running = enqueueConversationTurn("chat", first.run, as("one"));
  await settled();
  const dropped = ["two", "three"].map((label) =>
    enqueueConversationTurn("chat", job(label, log).run, as(label)).catch(() => "dropped"),
  );
  expect(dropConversationTurns("chat").map(({ label }) => label)).toEqual(["two", "three"]);
  expect(await Promise.all(dropped)).toEqual(["dropped", "dropped"]);
  const last = enqueueConversationTurn("chat", later.run);
  first.end();
  later.end();
  await Promise.all([running, last]);
  await settled();
  expect(log).toEqual(["first", "later"]);
  expect(queuedConversationTurns("chat")).toBe(0);
});

test("a job that is dropped while nothing waits for its end goes unhandled nowhere", async () => {
  const log: string[] = [];
  const first = job("first", log);
  const unhandled = await unhandledDuring(async () => {
    const running = enqueueConversationTurn("chat", first.run);
    const dropped = enqueueConversationTurn("chat", job("second", log).run, as("two"));
    dropped.catch(() => undefined);
    dropConversationTurns("chat");
    first.end();
    await running;
  });
  expect(unhandled).toEqual([]);
});

/** What a job can be known by: its label is its id too. */
function as(label: string, steer: () => Promise<boolean> = async () => true): WaitingJob {
  return { id: label, label, steer };
}

/** One job that runs and one that waits and can be steered. */
async function withOneWaiting(steer: () => Promise<boolean>) {
  const log: string[] = [];
  const [first, second] = [job("first", log), job("second", log)];
  const running = enqueueConversationTurn("chat", first.run);
  const steered = enqueueConversationTurn("chat", second.run, as("two", steer));
  await settled();
  return { log, first, second, running, steered };
}

describe("a waiting job that is steered", () => {
  test("leaves the line, and its caller hears that the running turn has it", async () => {
    const { log, first, running, steered } = await withOneWaiting(async () => true);
    expect(nextConversationTurn("chat")).toBe("two");
    expect(await steerConversationTurn("two")).toBe("steered");
    await expect(steered).rejects.toBeInstanceOf(ConversationTurnSteeredError);
    expect(nextConversationTurn("chat")).toBeUndefined();
    first.end();
    await running;
    expect(log).toEqual(["first"]);
  });

  test("keeps its place where the running turn does not take it", async () => {
    const { log, first, second, steered } = await withOneWaiting(async () => false);
    expect(await steerConversationTurn("two")).toBe("refused");
    first.end();
    second.end();
    await steered;
    expect(log).toEqual(["first", "second"]);
  });

  test("does not begin while it is on its way, though its turn comes, and never if it was taken", async () => {
    const taken = Promise.withResolvers<boolean>();
    const { log, first, running, steered } = await withOneWaiting(() => taken.promise);
    const steering = steerConversationTurn("two");
    first.end();
    await running;
    await settled();
    expect(log).toEqual(["first"]);
    taken.resolve(true);
    expect(await steering).toBe("steered");
    await expect(steered).rejects.toBeInstanceOf(ConversationTurnSteeredError);
    await settled();
    expect(log).toEqual(["first"]);
    expect(queuedConversationTurns("chat")).toBe(0);
  });

  test("begins after all where it comes back refused after its turn has come", async () => {
    const taken = Promise.withResolvers<boolean>();
    const { log, first, second, running, steered } = await withOneWaiting(() => taken.promise);
    const steering = steerConversationTurn("two");
    first.end();
    await running;
    taken.resolve(false);
    expect(await steering).toBe("refused");
    second.end();
    await steered;
    expect(log).toEqual(["first", "second"]);
  });

  test("is not steered twice", async () => {
    const taken = Promise.withResolvers<boolean>();
    const { first, running, steered } = await withOneWaiting(() => taken.promise);
    const steering = steerConversationTurn("two");
    expect(await steerConversationTurn("two")).toBe("gone");
    taken.resolve(true);
    await steering;
    await expect(steered).rejects.toThrow("taken the message");
    first.end();
    await running;
  });

  test.each([
    { taken: true, becomes: "steered", error: ConversationTurnSteeredError },
    { taken: false, becomes: "gone", error: ConversationTurnDroppedError },
  ])(
    "and dropped meanwhile never runs, whether the running turn took it or not: $taken",
    async ({ taken, becomes, error }) => {
      const answer = Promise.withResolvers<boolean>();
      const { log, first, running, steered } = await withOneWaiting(() => answer.promise);
      const steering = steerConversationTurn("two");
      expect(dropConversationTurns("chat")).toEqual([{ number: 2, label: "two", steering: true }]);
      expect(waitingConversationTurns("chat")).toEqual([]);
      expect(dropConversationTurn("chat", 2)).toBeUndefined();
      first.end();
      await running;
      answer.resolve(taken);
      expect(await steering).toBe(becomes);
      await expect(steered).rejects.toBeInstanceOf(error);
      await settled();
      expect(log).toEqual(["first"]);
      expect(queuedConversationTurns("chat")).toBe(0);
    },
  );

  test("that may have been taken, since the answer got lost, does not run and says why", async () => {
    const { log, first, running, steered } = await withOneWaiting(() =>
      Promise.reject(new Error("no answer")),
    );
    await expect(steerConversationTurn("two")).rejects.toThrow("no answer");
    await expect(steered).rejects.toThrow("no answer");
    first.end();
    await running;
    expect(log).toEqual(["first"]);
  });

  test("that no longer waits is gone", async () => {
    expect(await steerConversationTurn("never there")).toBe("gone");
  });
});

test("a job that is dropped while it waits again has its line until it is over", async () => {
  const noted = Promise.withResolvers<void>();
  const dropped = enqueueConversationTurn(
    "chat",
    async ({ waitAgain }) => {
      try {
        await waitAgain(new Promise<void>(() => {}));
      } catch (error) {
        await noted.promise;
        throw error;
      }
    },
    { id: "one", label: "one", steer: async () => false },
  );
  const reason = dropped.catch((error: unknown) => error);
  await settled();
  expect(dropConversationTurn("chat", 1)).toMatchObject({ label: "one" });
  expect(await reason).toBeInstanceOf(ConversationTurnDroppedError);
  const events: string[] = [];
  const next = enqueueConversationTurn("chat", async () => void events.push("next"));
  await settled();
  expect(events).toEqual([]);
  noted.resolve();
  await next;
  expect(events).toEqual(["next"]);
});
