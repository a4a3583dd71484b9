/** What the real Codex makes of the requests behind the thread commands. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCodexAccount, readCodexLimits } from "../../src/app-server/account-facts.js";
import { codexSandboxPolicyForTurn } from "../../src/app-server/config.js";
import {
  CodexLocalError,
  isNoRollout,
  isNotStored,
  isThreadNotFound,
  otherActiveTurn,
} from "../../src/app-server/errors.js";
import { listCodexModels } from "../../src/app-server/model-catalog.js";
import { permissionsOfMode } from "../../src/app-server/permissions.js";
import { listCodexThreads } from "../../src/app-server/thread-list.js";
import { contextUsageOf, noteContextUsage } from "../../src/thread/context-usage.js";
import { setTaskSettings } from "../../src/thread/task-settings.js";
import { startTask } from "../../src/thread/task.js";
import { forkThread } from "../../src/thread/thread.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import { failureOf } from "../support/failure.js";
import { Gate } from "../support/responses-api.js";
import { asObject, asString } from "../support/wire-guards.js";

const TIMEOUT_MS = 60_000;

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await codex.dispose();
});

describe("threads", () => {
  test("are listed by title, folder and age, found by words in capitals, and by what was said", async () => {
    const user = await codex.start();
    const [whales, fence] = [await user.startThread(), await user.startThread()];
    await user.runTurn(whales, "a word about whales");
    await user.runTurn(fence, "mend it");
    await user.request("thread/name/set", { threadId: fence, name: "The fence" });
    const list = (filter: string) => listCodexThreads(user.client, filter, TIMEOUT_MS);

    const all = await list("");
    expect(all.map(({ id }) => id).toSorted()).toEqual([whales, fence].toSorted());
    const named = all.find(({ id }) => id === fence);
    expect(named).toMatchObject({ title: "The fence", cwd: codex.workspace });
    expect(Math.abs(Date.now() - (named?.usedAt ?? 0))).toBeLessThan(600_000);
    expect((await list("WHALES word")).map(({ id }) => id)).toEqual([whales]);
    expect((await list("FENCE")).map(({ id }) => id)).toEqual([fence]);
    expect(await list("nobody said this")).toEqual([]);
  });

  test("are read whether they are loaded or not, and one that Codex does not have is told as that", async () => {
    const user = await codex.start();
    const threadId = await user.startThread();
    await user.runTurn(threadId, "hello");
    const read = (id: string) => user.request("thread/read", { threadId: id });
    expect(asObject((await read(threadId))["thread"])["id"]).toBe(threadId);
    const other = await codex.start();
    const stored = await other.request("thread/read", { threadId });
    expect(asObject(stored["thread"])["id"]).toBe(threadId);
    const missing = await failureOf(read("01999999-9999-7999-8999-999999999999"));
    expect(isNotStored(missing)).toBe(true);
  });

  test("are copied with their history and with the settings that are asked for", async () => {
    codex.api.script = ({ history }) => [{ do: "say", text: history.join(" + ") }];
    const user = await codex.start();
    const threadId = await user.startThread();
    const settings = { permissions: permissionsOfMode("ask") };
    const early = forkThread(user.client, { threadId }, settings, TIMEOUT_MS);
    expect(isNoRollout(await failureOf(early))).toBe(true);

    await user.runTurn(threadId, "before");
    const copy = await forkThread(user.client, { threadId }, settings, TIMEOUT_MS);
    expect(copy.threadId).not.toBe(threadId);
    expect(copy.cwd).toBe(codex.workspace);
    const turn = await user.runTurn(copy.threadId, "after");
    expect(user.answers(asString(turn["id"]))).toEqual(["before + after"]);
    // What a turn may write, it brings along: trust.test.ts.
    expect(JSON.stringify(codex.api.requests.entries.at(-1)?.body)).toContain("read-only");
  });

  test("that have no history cannot be named by another process", async () => {
    const first = await codex.start();
    const threadId = await first.startThread();
    await first.client.close();
    const second = await codex.start();
    const naming = second.request("thread/name/set", { threadId, name: "late" });
    const failure = await failureOf(naming);
    expect(isNoRollout(failure)).toBe(codexTraits.looksForRolloutsToName);
    expect(isThreadNotFound(failure)).toBe(!codexTraits.looksForRolloutsToName);
  });
});

describe("a compaction", () => {
  test("is a turn, which its start names, and tells the context that is left", async () => {
    const user = await codex.start();
    user.client.addNotificationHandler(noteContextUsage);
    const threadId = await user.startThread();
    await user.runTurn(threadId, "a word");
    const task = { kind: "compact" } as const;
    const common = { client: user.client, threadId, task, timeoutMs: TIMEOUT_MS };
    await setTaskSettings({ ...common, settings: { approvalPolicy: "on-request" } });
    const turnId = await startTask(common);
    const { turn } = await user.hears("turn/completed", turnId);
    expect(turn).toMatchObject({ status: "completed", error: null });
    expect(contextUsageOf(threadId)).toMatchObject({ window: expect.any(Number) });
  });
});

describe("a review", () => {
  const findings = {
    findings: [],
    overall_correctness: "patch is correct",
    overall_explanation: "Nothing is wrong.",
    overall_confidence_score: 0.9,
  };

  test("answers as a turn, under the settings that were set before, where Codex keeps to them", async () => {
    codex.api.script = () => [{ do: "say", text: JSON.stringify(findings), phase: "final_answer" }];
    const user = await codex.start();
    const threadId = await user.startThread();
    const task = { kind: "review", target: { type: "uncommittedChanges" } } as const;
    const common = { client: user.client, threadId, task, timeoutMs: TIMEOUT_MS };
    const settings = {
      approvalPolicy: "on-request",
      approvalsReviewer: "user",
      sandboxPolicy: codexSandboxPolicyForTurn("read-only", codex.workspace),
    };
    const outcome = await setTaskSettings({ ...common, settings }).then(
      () => "set",
      (error: unknown) => (error instanceof CodexLocalError ? error.code : error),
    );
    expect(outcome).toBe(codexTraits.reviewsUnderNewSettings ? "set" : "TOO_OLD");
    // What a turn is given stays with the thread as well.
    const input = [{ type: "text", text: "a word", text_elements: [] }];
    const narrow = await user.request("turn/start", { threadId, input, ...settings });
    await user.hears("turn/completed", asString(asObject(narrow["turn"])["id"]));
    const turnId = await startTask(common);
    const { turn } = await user.hears("turn/completed", turnId);
    expect(turn).toMatchObject({ status: "completed" });
    expect(user.answers(turnId).at(-1)).toBe("Nothing is wrong.");
    const sandbox = codexTraits.reviewsUnderNewSettings ? /`read-only`/ : /`danger-full-access`/;
    expect(JSON.stringify(codex.api.requests.entries.at(-1)?.body)).toMatch(sandbox);
  });

  test("works in a turn of another id, and is interrupted by that, told beforehand or by a refusal", async () => {
    codex.api.script = () => [{ do: "hold", gate: new Gate() }];
    const user = await codex.start();
    const threadId = await user.startThread();
    const task = { kind: "review", target: { type: "custom", instructions: "look" } } as const;
    const timeoutMs = TIMEOUT_MS;
    const turnId = await startTask({ client: user.client, threadId, task, timeoutMs });
    const inner = asObject((await user.hears("turn/started"))["turn"]);
    expect(inner["rootTurnId"]).toBe(codexTraits.namesRootTurn ? turnId : undefined);
    const outer = user.request("turn/interrupt", { threadId, turnId });
    const other = await outer.then(() => undefined, otherActiveTurn);
    expect(other).toBe(codexTraits.wantsInnerTurnToInterrupt ? inner["id"] : undefined);
    if (other !== undefined) await user.request("turn/interrupt", { threadId, turnId: other });
    const { turn } = await user.hears("turn/completed", turnId);
    expect(turn).toMatchObject({ status: "interrupted" });
  });

  test("of a branch that is not there fails at once, though Codex never completes it", async () => {
    const user = await codex.start();
    const threadId = await user.startThread();
    const task = { kind: "review", target: { type: "baseBranch", branch: "main" } } as const;
    const started = startTask({ client: user.client, threadId, task, timeoutMs: TIMEOUT_MS });
    expect(await failureOf(started)).toMatchObject({
      name: "CodexTurnFailedError",
      message: expect.stringMatching(/not a git repository/),
    });
    expect(user.heard.entries.map(({ method }) => method)).not.toContain("turn/completed");
    // The thread goes on.
    const next = await user.runTurn(threadId, "a word");
    expect(user.answers(asString(next["id"]))).toEqual(["a word"]);
    expect(next["status"]).toBe(codexTraits.forgetsFailedReviews ? "completed" : "failed");
    expect(await user.runTurn(threadId, "another")).toMatchObject({ status: "completed" });
  });
});

test("models are listed with efforts, tiers and a default, for a provider of one's own too", async () => {
  const { client } = await codex.start();
  const models = await listCodexModels(client, "mock", TIMEOUT_MS);
  const [standard] = models.filter(({ isDefault }) => isDefault);
  expect(standard?.efforts).toContain(standard?.defaultEffort);
  expect(models.some(({ tiers }) => tiers.includes("Fast"))).toBe(true);
  const foreign = listCodexModels(client, "unknown", TIMEOUT_MS);
  expect(await foreign.catch(() => "refused")).toEqual(
    codexTraits.listsModelsByProvider ? "refused" : models,
  );
});

test("an effort reaches a model that Codex does not know, and Codex does not check it", async () => {
  const user = await codex.start();
  const threadId = await user.startThread();
  const input = [{ type: "text", text: "a word", text_elements: [] }];
  const asked = user.request("turn/start", { threadId, input, effort: "nonsense" });
  const sent = asked.then(async () => {
    const { body } = await codex.api.waitForRequest(/^a word$/);
    return asObject(body["reasoning"])["effort"];
  });
  expect(await sent.catch(String)).toEqual(codexTraits.unknownEffort);
});

test("an account that needs no signing in has no limits to tell", async () => {
  const { client } = await codex.start();
  expect(await readCodexAccount(client, TIMEOUT_MS)).toEqual({ kind: "none", needed: false });
  await expect(readCodexLimits(client, TIMEOUT_MS)).rejects.toThrow(/authentication required/);
});
