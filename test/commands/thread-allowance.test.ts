/** A chat that makes one thread after the other. */
import { beforeEach, expect, test, vi } from "vitest";
import { takeThreadAllowance } from "../../src/commands/thread-allowance.js";
import { boundCommands } from "../support/conversation/commands.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const MINUTE = 60_000;
let hours = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  // What the test before has made is remembered.
  vi.advanceTimersByTime((hours += 1) * 60 * MINUTE);
  return () => void vi.useRealTimers();
});

test("is told to wait after ten in ten minutes, while other chats make theirs", () => {
  for (let thread = 0; thread < 10; thread += 1) {
    expect(takeThreadAllowance("/state/busy")).toBeUndefined();
    vi.advanceTimersByTime(1000);
  }
  const waitMs = 10 * MINUTE - 10_000;
  expect(takeThreadAllowance("/state/busy")).toEqual({ by: "chat", waitMs });
  expect(takeThreadAllowance("/state/other")).toBeUndefined();
  vi.advanceTimersByTime(waitMs);
  expect(takeThreadAllowance("/state/busy")).toBeUndefined();
  expect(takeThreadAllowance("/state/busy")).toEqual({ by: "chat", waitMs: 1000 });
});

test("has to wait for the other chats where all together have made 300", async () => {
  for (let thread = 0; thread < 300; thread += 1) {
    expect(takeThreadAllowance(`/state/chat-${thread % 60}`)).toBeUndefined();
    vi.advanceTimersByTime(200);
  }
  const { say, codex } = await boundCommands();
  expect(await say("new")).toMatch(/^The chats of this gateway have made many .* in 9 min, or/);
  expect(codex.of("thread/start")).toEqual([]);
});

test("keeps the thread that it has, and can take one that is there", async () => {
  const { chat, codex, say } = await boundCommands();
  for (let thread = 0; thread < 10; thread += 1) takeThreadAllowance(chat.sessionFile);
  const threads = codex.of("thread/start").length;
  for (const command of ["new", "bind", "fork"]) {
    // oxlint-disable-next-line no-await-in-loop
    expect(await say(command)).toMatch(/^This chat has made many threads .* again in 10 min, or/);
  }
  expect(codex.of("thread/start")).toHaveLength(threads);
  expect(codex.of("thread/fork")).toEqual([]);
  expect((await chat.binding())?.threadId).toBe("thread-1");
  codex.stored.add("thread-2");
  expect(await say("resume thread-2")).toMatch(/thread-2, resumed/);
});

test("does not count what was refused for its folder", async () => {
  const { say, folder } = await boundCommands();
  for (let attempt = 0; attempt < 12; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop
    expect(await say("new --cwd /not/there")).toMatch(/does not exist/);
  }
  expect(await say(`new --cwd ${folder}`)).toMatch(/^This chat is bound/);
});
