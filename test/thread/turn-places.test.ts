/** Places for turns on an app-server: who has one, who waits, and that nobody waits for ever. */
import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { CodexServerRequest } from "../../src/app-server/protocol.js";
import type { CodexAppServerStartOptions } from "../../src/app-server/start-options.js";
import { closeThreadSession, openThreadSession } from "../../src/thread/sessions.js";
import {
  noteServerOf,
  occupyTurnPlace,
  takeTurnPlace,
  turnsAheadOfPlace,
  type TurnToPlace,
} from "../../src/thread/turn-places.js";
import { ScriptedCodex } from "../support/conversation/scripted-codex.js";

let start: CodexAppServerStartOptions;
/** The chats whose turns have begun, in order. */
let begun: string[];

beforeEach(() => {
  vi.useFakeTimers();
  start = {
    transport: "stdio",
    command: `codex-${randomUUID()}`,
    commandSource: "config",
    args: [],
    headers: {},
    clearEnv: [],
  };
  begun = [];
  return () => void vi.useRealTimers();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

/** A turn of the chat's that begins when it has a place, and is over when the test says so. */
function turn(sessionFile: string, more: Partial<TurnToPlace> = {}) {
  const over = new AbortController();
  const left = Promise.withResolvers<never>();
  left.promise.catch(() => undefined);
  let end: (() => void) | undefined;
  const outcome = takeTurnPlace({
    sessionFile,
    start,
    max: 2,
    isHeld: () => false,
    listed: (until) => Promise.race([until, left.promise]),
    over: over.signal,
    onWaits: () => undefined,
    ...more,
  }).then(
    (leave) => {
      if (leave) begun.push(sessionFile);
      end = leave;
      return leave ? "begun" : "over";
    },
    (error: unknown) => error,
  );
  return {
    outcome,
    stop: () => over.abort(),
    drop: (error: Error) => left.reject(error),
    end: async () => {
      end?.();
      await settled();
    },
  };
}

/** A chat's thread on a Codex of this server, on which Codex begins a turn by itself. */
function threadAtWork(sessionFile: string) {
  const codex = new ScriptedCodex();
  noteServerOf(codex, start);
  const threadId = `thread of ${sessionFile}`;
  const session = openThreadSession(codex, threadId, sessionFile);
  const view = {
    takeDelta: () => false,
    handleNotification: () => undefined,
    handleAgent: () => undefined,
    answer: () => asked.promise.then(() => ({})),
    handleClose: () => undefined,
  };
  const asked = Promise.withResolvers<void>();
  const leave = session.reserve().claim("turn", view);
  const item = (method: string, what: object): void =>
    codex.notify({ method, params: { threadId, turnId: "turn", item: what } });
  return { codex, threadId, session, leave, asked, item };
}

describe("places", () => {
  test("are given in order of arrival, so that a chat with many messages takes turns with the others", async () => {
    const [a1, b] = [turn("a"), turn("b")];
    const [c, a2] = [turn("c"), turn("a")];
    await settled();
    expect(begun).toEqual(["a", "b"]);
    expect(turnsAheadOfPlace("c")).toBe(2);
    expect(turnsAheadOfPlace("b")).toBeUndefined();
    await a1.end();
    expect(begun).toEqual(["a", "b", "c"]);
    await b.end();
    expect(begun).toEqual(["a", "b", "c", "a"]);
    await c.end();
    await a2.end();
  });

  test("are each server's own", async () => {
    const [a, b] = [turn("a"), turn("b")];
    const elsewhere = turn("c", { start: { ...start, command: "another" } });
    expect(await elsewhere.outcome).toBe("begun");
    for (const each of [a, b, elsewhere]) {
      // oxlint-disable-next-line no-await-in-loop
      await each.end();
    }
  });

  test("are left by who is stopped or dropped while it waits, and the next has its turn", async () => {
    const [a, b] = [turn("a"), turn("b")];
    const [stopped, dropped, next] = [turn("c"), turn("d"), turn("e")];
    await settled();
    stopped.stop();
    dropped.drop(new Error("dropped"));
    expect(await stopped.outcome).toBe("over");
    expect(await dropped.outcome).toEqual(new Error("dropped"));
    await a.end();
    expect(begun).toEqual(["a", "b", "e"]);
    await b.end();
    await next.end();
  });

  test("do not wait for a line on hold, which has its place in the order still", async () => {
    const [a, b] = [turn("a"), turn("b")];
    let isHeld = true;
    const released = Promise.withResolvers<void>();
    const held = turn("held", {
      isHeld: () => isHeld,
      listed: async (until) => {
        await until;
        if (isHeld) await released.promise;
      },
    });
    const c = turn("c");
    await settled();
    await a.end();
    expect(begun).toEqual(["a", "b", "c"]);
    isHeld = false;
    released.resolve();
    const d = turn("d");
    await b.end();
    expect(begun).toEqual(["a", "b", "c", "held"]);
    await c.end();
    expect(begun).toEqual(["a", "b", "c", "held", "d"]);
    await held.end();
    await d.end();
  });

  test("are had by one who was called as its line was put on hold only once that is over, and others go first", async () => {
    const [a, b] = [turn("a"), turn("b")];
    const released = Promise.withResolvers<void>();
    let isHeld = false;
    const held = turn("held", {
      isHeld: () => isHeld,
      listed: async (until) => {
        await until;
        isHeld = true;
        await released.promise;
      },
    });
    const next = turn("next");
    await settled();
    await a.end();
    expect(begun).toEqual(["a", "b"]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toEqual(["a", "b", "next"]);
    await b.end();
    isHeld = false;
    released.resolve();
    await settled();
    expect(begun).toEqual(["a", "b", "next", "held"]);
    await next.end();
    await held.end();
  });
});

describe("a turn counts", () => {
  test("if Codex has begun it by itself, and is not held back", async () => {
    const { codex, threadId, leave } = threadAtWork("goal");
    const a = turn("a");
    const b = turn("b");
    await settled();
    expect(begun).toEqual(["a"]);
    leave();
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toEqual(["a", "b"]);
    closeThreadSession(codex, threadId);
    await a.end();
    await b.end();
  });

  test("not while a person is asked, and again once there is an answer", async () => {
    const { codex, threadId, leave, asked } = threadAtWork("asking");
    const [a, b, c] = [turn("a"), turn("b"), turn("c")];
    await settled();
    expect(begun).toEqual(["a"]);
    const request: CodexServerRequest = {
      id: 1,
      method: "item/commandExecution/requestApproval",
      params: { threadId, turnId: "turn" },
    };
    const answer = codex.ask(request.method, { threadId, turnId: "turn" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toEqual(["a", "b"]);
    asked.resolve();
    await answer;
    await a.end();
    expect(begun).toEqual(["a", "b"]);
    await b.end();
    expect(begun).toEqual(["a", "b", "c"]);
    leave();
    closeThreadSession(codex, threadId);
    await c.end();
  });

  test("not while it waits for its sub-agent, which counts in its place", async () => {
    const { codex, threadId, leave, item } = threadAtWork("parent");
    const a = turn("a", { max: 3 });
    const spawned = {
      type: "collabAgentToolCall",
      tool: "spawnAgent",
      id: "spawn",
      receiverThreadIds: ["agent"],
      agentsStates: { agent: { status: "pendingInit" } },
    };
    item("item/completed", spawned);
    codex.notify({
      method: "turn/started",
      params: { threadId: "agent", turn: { id: "of agent" } },
    });
    const [b, c] = [turn("b", { max: 3 }), turn("c", { max: 3 })];
    await settled();
    expect(begun).toEqual(["a"]);
    const wait = { type: "collabAgentToolCall", tool: "wait", id: "wait" };
    item("item/started", wait);
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toEqual(["a", "b"]);
    codex.notify({
      method: "turn/completed",
      params: { threadId: "agent", turn: { id: "of agent", status: "completed" } },
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toEqual(["a", "b", "c"]);
    item("item/completed", wait);
    const d = turn("d", { max: 3 });
    await a.end();
    expect(begun).toEqual(["a", "b", "c"]);
    leave();
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toEqual(["a", "b", "c", "d"]);
    closeThreadSession(codex, threadId);
    for (const each of [b, c, d]) {
      // oxlint-disable-next-line no-await-in-loop
      await each.end();
    }
  });

  test("also if it may run already, and is not held back either", async () => {
    const [a, b] = [turn("a"), turn("b")];
    await settled();
    const leave = occupyTurnPlace("recovered", start);
    const c = turn("c");
    await a.end();
    expect(begun).toEqual(["a", "b"]);
    leave();
    await settled();
    expect(begun).toEqual(["a", "b", "c"]);
    await b.end();
    await c.end();
  });
});
