import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  isActiveWriter,
  isArchived,
  isNoActiveTurn,
  isNoRollout,
  isOtherTurnActive,
  isThreadNotFound,
} from "../../src/app-server/errors.js";
import { UNUSED_NOTIFICATIONS } from "../../src/app-server/handshake.js";
import { Lifeline } from "../support/app-server/lifeline.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import { failureOf } from "../support/failure.js";
import { Gate } from "../support/responses-api.js";
import { codexVersion } from "../support/under-test.js";
import { asArray, asObject } from "../support/wire-guards.js";

const TOKEN = "a-token-of-this-test";

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  vi.useRealTimers();
  await codex.dispose();
});

describe("the handshake", () => {
  test("tells the version", async () => {
    const { client } = await codex.start();
    expect(client.serverVersion).toBe(codexVersion());
  });

  test("declines notifications that exist, by their right names", async () => {
    const types = await readFile(
      join(await codex.generateTypes(), "ServerNotification.ts"),
      "utf8",
    );
    const known = new Set(Array.from(types.matchAll(/"method": "([^"]+)"/g), ([, name]) => name));
    const unknown = UNUSED_NOTIFICATIONS.filter((name) => !known.has(name));
    expect(unknown.length === 0).toBe(codexTraits.hasAllNotifications);
    expect(known.size).toBeGreaterThan(UNUSED_NOTIFICATIONS.length);
  });
});

describe("a turn", () => {
  test("is answered, and what was declined does not come", async () => {
    codex.api.script = ({ said }) => [
      { do: "shell", command: "echo from the shell" },
      { do: "say", text: `heard ${said}`, phase: "final_answer" },
    ];
    const user = await codex.start();
    const threadId = await user.startThread();
    const turn = await user.runTurn(threadId, "a word");
    expect(turn).toMatchObject({ status: "completed", error: null });
    expect(user.answers(String(turn["id"]))).toEqual(["heard a word"]);
    const methods = user.heard.entries.map(({ method }) => method);
    expect(methods).toContain("item/agentMessage/delta");
    expect(methods.filter((method) => UNUSED_NOTIFICATIONS.includes(method))).toEqual([]);
  });

  test("that fails says why", async () => {
    codex.api.script = () => [{ do: "fail", status: 400, message: "no such model" }];
    const user = await codex.start();
    const turn = await user.runTurn(await user.startThread(), "a word");
    expect(turn["status"]).toBe("failed");
    expect(asObject(turn["error"])["message"]).toContain("no such model");
  });

  test("is interrupted after it has started, and then there is none to interrupt", async () => {
    codex.api.script = () => [{ do: "hold", gate: new Gate() }];
    const user = await codex.start();
    const threadId = await user.startThread();
    const turnId = await user.startTurn(threadId, "wait for ever");
    await user.hears("turn/started", turnId);
    await user.request("turn/interrupt", { threadId, turnId });
    const { turn } = await user.hears("turn/completed", turnId);
    expect(turn).toMatchObject({ status: "interrupted", error: null });
    const params = { threadId, turnId };
    const timeoutMs = codexTraits.answersLateInterrupts ? 60_000 : 1000;
    const late = user.client.request("turn/interrupt", params, { timeoutMs });
    const failure = await failureOf(late);
    expect(isNoActiveTurn(failure)).toBe(codexTraits.answersLateInterrupts);
    expect(failure).toMatchObject(
      codexTraits.answersLateInterrupts ? { name: "CodexRpcError" } : { code: "REQUEST_TIMEOUT" },
    );
  });

  test("is steered while the model speaks, and then there is none to steer", async () => {
    const gate = new Gate();
    codex.api.script = ({ said }) =>
      said === "begin"
        ? [
            { do: "say", text: "begun", phase: "commentary" },
            { do: "hold", gate },
          ]
        : [{ do: "say", text: `steered: ${said}`, phase: "final_answer" }];
    const user = await codex.start();
    const threadId = await user.startThread();
    const turnId = await user.startTurn(threadId, "begin");
    await user.hears("item/agentMessage/delta", turnId);
    const input = [{ type: "text", text: "go left", text_elements: [] }];
    const steer = { threadId, expectedTurnId: turnId, input };
    const other = user.request("turn/steer", { ...steer, expectedTurnId: threadId });
    expect(isOtherTurnActive(await failureOf(other))).toBe(true);
    expect(await user.request("turn/steer", steer)).toEqual({ turnId });
    if (!codexTraits.cutsSpeechForInput) gate.open();
    await user.hears("turn/completed", turnId);
    expect(user.answers(turnId)).toEqual(["begun", "steered: go left"]);
    expect(isNoActiveTurn(await failureOf(user.request("turn/steer", steer)))).toBe(true);
  });

  test("asks through the thread's own request handler, and takes its answer", async () => {
    codex.api.script = () => [
      { do: "shell", command: "touch asked", justification: "to see" },
      { do: "say", text: "understood", phase: "final_answer" },
    ];
    const user = await codex.start();
    const settings = { sandbox: "read-only", approvalPolicy: "on-request" };
    const { thread } = await user.request("thread/start", { cwd: codex.workspace, ...settings });
    const threadId = String(asObject(thread)["id"]);
    const asked: unknown[] = [];
    user.client.addRequestHandler(() => ({ decision: "accept" }), { threadId: "another" });
    user.client.addRequestHandler(
      ({ id, method, params }) => {
        asked.push([id, method, asObject(params)["threadId"]]);
        return { decision: "decline" };
      },
      { threadId },
    );
    const turn = await user.runTurn(threadId, "a word");
    expect(asked).toEqual([[0, "item/commandExecution/requestApproval", threadId]]);
    expect(turn["status"]).toBe("completed");
    expect(codex.api.requests.entries.at(-1)?.toolOutputs.join()).toMatch(/rejected/);
  });
});

describe("a thread", () => {
  test("survives kill -9: what waits is told at once, and a new process goes on with it", async () => {
    const first = await codex.start();
    const threadId = await first.startThread();
    await first.runTurn(threadId, "the first word");
    codex.api.script = () => [{ do: "hold", gate: new Gate() }];
    await first.startTurn(threadId, "the second word");
    await codex.api.waitForRequest(/^the second word$/);
    process.kill(first.pid, "SIGKILL");
    expect(await first.client.closed).toMatchObject({
      code: "CONNECTION_CLOSED",
      message: expect.stringContaining("The Codex app-server was ended by SIGKILL."),
    });

    codex.api.script = ({ history }) => [{ do: "say", text: history.join(" + ") }];
    const second = await codex.start();
    expect(isThreadNotFound(await failureOf(second.startTurn(threadId, "too early")))).toBe(true);
    const { thread } = await second.request("thread/resume", { threadId });
    const turns = asArray(asObject(thread)["turns"]).map(asObject);
    // That the turn had begun that was cut off, and what was said in it, is not always on disk yet.
    expect([["completed"], ["completed", "interrupted"]]).toContainEqual(
      turns.map(({ status }) => status),
    );
    const turn = await second.runTurn(threadId, "the third word");
    expect(second.answers(String(turn["id"]))[0]).toMatch(/^the first word \+ .*the third word$/);
  });

  test("that never ran a turn cannot be resumed by another process", async () => {
    const first = await codex.start();
    const threadId = await first.startThread();
    await first.client.close();
    const second = await codex.start();
    expect(isNoRollout(await failureOf(second.request("thread/resume", { threadId })))).toBe(true);
  });

  test("that another live process holds cannot be resumed, until that one is closed", async () => {
    // One after the other: of two that make the state of a new home at once, one fails on 0.140 and 0.154.
    const first = await codex.start();
    const second = await codex.start();
    const threadId = await first.startThread();
    await first.runTurn(threadId, "a word");
    const early = second.request("thread/resume", { threadId, excludeTurns: true });
    const isLocked = await early.then(() => false, isActiveWriter);
    expect(isLocked).toBe(codexTraits.locksThreads);
    await first.client.close();
    const resumed = await second.request("thread/resume", { threadId, excludeTurns: true });
    expect(asObject(resumed["thread"])["id"]).toBe(threadId);
  });

  test("that is archived says so", async () => {
    const user = await codex.start();
    const threadId = await user.startThread();
    await user.runTurn(threadId, "a word");
    await user.request("thread/archive", { threadId });
    const failure = await failureOf(user.request("thread/resume", { threadId }));
    expect(isArchived(failure)).toBe(codexTraits.tellsArchivedThreads);
    expect(isNoRollout(failure)).toBe(!codexTraits.tellsArchivedThreads);
  });
});

test("a burst of 500 requests is answered to the last", async () => {
  const { client } = await codex.start();
  const answers = await Promise.all(
    Array.from({ length: 500 }, () => client.request("account/read", {}, { timeoutMs: 60_000 })),
  );
  expect(answers).toHaveLength(500);
});

test("a close ends the command that a turn runs, and what that has started", async () => {
  const lifeline = await Lifeline.open();
  try {
    const script = `require("node:net").connect(${lifeline.port}, "127.0.0.1").write(process.pid + " born\\n"); setInterval(() => {}, 1e6)`;
    const command = `'${process.execPath}' -e '${script}' & wait`;
    codex.api.script = () => [{ do: "shell", command }];
    const user = await codex.start();
    await user.startTurn(await user.startThread(), "go");
    const grandchild = await lifeline.born();
    await user.client.close();
    await expect(lifeline.died(grandchild)).resolves.toBeUndefined();
  } finally {
    await lifeline.close();
  }
});

describe("over a WebSocket", () => {
  test("a turn runs for whoever has the token", async () => {
    const user = await codex.dial(await codex.listen(TOKEN), TOKEN);
    expect(user.client.serverVersion).toBe(codexVersion());
    const turn = await user.runTurn(await user.startThread(), "a word");
    expect(user.answers(String(turn["id"]))).toEqual(["a word"]);
  });

  test("a wrong token is refused in words that hold no token", async () => {
    const url = await codex.listen(TOKEN);
    const failure = await failureOf(codex.dial(url, "wrong-token"));
    expect(failure).toMatchObject({
      code: "START_FAILED",
      message: expect.stringContaining("it refused the token (HTTP 401)"),
    });
    expect(String(failure)).not.toMatch(/wrong-token|a-token-of-this-test/);
  });

  test("a quiet connection stays open: Codex answers pings", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const user = await codex.dial(await codex.listen(TOKEN), TOKEN);
    for (let round = 0; round < 3; round += 1) {
      vi.advanceTimersByTime(30_000);
      // oxlint-disable-next-line no-await-in-loop
      await user.request("account/read", {});
    }
    expect(user.client.isClosed).toBe(false);
  });

  test("threads outlive a connection", async () => {
    const url = await codex.listen(TOKEN);
    const first = await codex.dial(url, TOKEN);
    const threadId = await first.startThread();
    await first.runTurn(threadId, "a word");
    await first.client.close();
    const second = await codex.dial(url, TOKEN);
    await second.request("thread/resume", { threadId });
    const turn = await second.runTurn(threadId, "another word");
    expect(second.answers(String(turn["id"]))).toEqual(["another word"]);
  });
});
