/** The real Codex forgets turns, and copies a thread up to one. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resolveCodexAppServerRuntimeOptions } from "../../src/app-server/config.js";
import { permissionsOfMode } from "../../src/app-server/permissions.js";
import { forkThread } from "../../src/thread/thread.js";
import { undoLastTurn } from "../../src/thread/undo.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import { Gate } from "../support/responses-api.js";
import { asString } from "../support/wire-guards.js";

const TIMEOUT_MS = 60_000;

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await codex.dispose();
});

/** A loaded thread with these turns, whose answers name all that Codex remembers. */
async function threadWith(...said: string[]) {
  codex.api.script = ({ history }) => [{ do: "say", text: history.join(" + ") }];
  const user = await codex.start();
  const threadId = await user.startThread();
  const turnIds: string[] = [];
  for (const text of said) {
    // oxlint-disable-next-line no-await-in-loop
    turnIds.push(asString((await user.runTurn(threadId, text))["id"]));
  }
  const answerTo = async (text: string, id = threadId): Promise<string[]> =>
    user.answers(asString((await user.runTurn(id, text))["id"]));
  return { user, threadId, turnIds, answerTo };
}

const binding = (threadId: string) => ({
  schemaVersion: 1 as const,
  threadId,
  cwd: codex.workspace,
  createdAt: "",
  updatedAt: "",
});
const options = { timeoutMs: TIMEOUT_MS, sessionFile: "/nowhere/session" };
const runtime = () =>
  resolveCodexAppServerRuntimeOptions({
    pluginConfig: { appServer: { workspaceRoots: [codex.workspace] } },
  });

describe.runIf(codexTraits.revertsTurns)("a thread is taken back before its last turn", () => {
  test("and remembers nothing of it, also when it was its only one", async () => {
    const { user, threadId, answerTo } = await threadWith("one", "two");
    const undo = () =>
      undoLastTurn(user.client, binding(threadId), { ...options, runtime: runtime() });
    expect(await undo()).toMatchObject({ asked: ["two"], outcome: "answered" });
    expect(await undo()).toMatchObject({ asked: ["one"] });
    expect(await undo()).toBe("no turn");
    expect(await answerTo("after")).toEqual(["after"]);
  });

  test("and a turn that runs stays, which Codex would end", async () => {
    const { user, threadId } = await threadWith("one");
    const gate = new Gate();
    codex.api.script = () => [
      { do: "hold", gate },
      { do: "say", text: "held" },
    ];
    const turnId = await user.startTurn(threadId, "two");
    await user.hears("turn/started", turnId);
    const undone = await undoLastTurn(user.client, binding(threadId), {
      ...options,
      runtime: runtime(),
    });
    expect(undone).toBe("runs");
    gate.open();
    expect((await user.hears("turn/completed", turnId))["turn"]).toMatchObject({
      status: "completed",
    });
  });

  test("and a copy ends with the turn that is named", async () => {
    const { user, threadId, turnIds, answerTo } = await threadWith("one", "two");
    const source = { threadId, lastTurnId: turnIds[0] };
    const settings = { permissions: permissionsOfMode("ask") };
    const copy = await forkThread(user.client, source, settings, TIMEOUT_MS);
    expect(await answerTo("after", copy.threadId)).toEqual(["one + after"]);
  });
});
