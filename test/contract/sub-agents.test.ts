/** What the real Codex says and asks on the threads of sub-agents, and what ends them. */
import { join } from "node:path";
import { stat } from "node:fs/promises";
import { afterEach, describe, expect, test } from "vitest";
import { endlessCommand } from "../support/app-server/endless-command.js";
import { RealCodex, type CodexUser } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import { delegates } from "../support/model-scripts.js";
import type { Script } from "../support/responses-api.js";
import { asArray, asObject, asString, type JsonObject } from "../support/wire-guards.js";

let codex: RealCodex;

afterEach(async () => {
  await codex.dispose();
});

const done: Script = () => [{ do: "say", text: "Done.", phase: "final_answer" }];

/** A thread whose turn has a sub-agent do something, with the sub-agent's thread and turn. */
async function delegated(
  model: string,
  child: Script,
  settings: JsonObject = {},
): Promise<{
  user: CodexUser;
  threadId: string;
  turnId: string;
  childId: string;
  childTurn: JsonObject;
}> {
  codex = await RealCodex.prepare(model);
  codex.api.script = delegates(child);
  const user = await codex.start();
  const threadId = await user.startThread(settings);
  const turnId = await user.startTurn(threadId, "delegate the work");
  const { params } = await user.heard.waitFor(
    (entry) => entry.method === "turn/started" && entry.params["threadId"] !== threadId,
  );
  const childId = asString(params["threadId"]);
  return { user, threadId, turnId, childId, childTurn: asObject(params["turn"]) };
}

/** Waits until the parent's items have named the thread: before or after the first turn there has begun. */
async function named({ heard }: CodexUser, threadId: string, childId: string): Promise<void> {
  await heard.waitFor(({ params }) => {
    if (params["threadId"] !== threadId) return false;
    const item = asObject(params["item"] ?? {});
    return [...asArray(item["receiverThreadIds"] ?? []), item["agentThreadId"]].includes(childId);
  });
}

describe.each(codexTraits.models)("a sub-agent of %s", (model) => {
  test("is named by its parent's item, and its thread names the parent", async () => {
    const { user, threadId, turnId, childId, childTurn } = await delegated(model, done);
    await named(user, threadId, childId);
    expect(childTurn["rootTurnId"]).toBe(codexTraits.namesRootTurn ? turnId : undefined);
    const { turn } = await user.hears("turn/completed", asString(childTurn["id"]));
    expect(turn).toMatchObject({ status: "completed" });
    await user.hears("turn/completed", turnId);
    expect(user.answers(turnId)).toEqual(["The helper is done."]);
    const { thread } = await user.request("thread/read", { threadId: childId });
    expect(JSON.stringify(thread)).toContain(threadId);
    expect(user.heard.entries.filter(({ method }) => method === "thread/started")).toHaveLength(1);
  });

  test("asks under its own thread, and the answer counts there", async () => {
    const command = "echo asked > asked.txt";
    const asked = Promise.withResolvers<JsonObject>();
    codex = await RealCodex.prepare(model);
    codex.api.script = delegates(() => [
      { do: "shell", command, justification: "to see" },
      { do: "say", text: "Done.", phase: "final_answer" },
    ]);
    const user = await codex.start();
    user.client.addRequestHandler(({ params }) => {
      asked.resolve(asObject(params));
      return { decision: "accept" };
    });
    const settings = { sandbox: "read-only", approvalPolicy: "on-request" };
    const threadId = await user.startThread(settings);
    const turn = await user.runTurn(threadId, "delegate the work");
    const params = await asked.promise;
    await named(user, threadId, asString(params["threadId"]));
    expect(params["turnId"]).not.toBe(turn["id"]);
    await expect(stat(join(codex.workspace, "asked.txt"))).resolves.toBeDefined();
  });

  test("goes on when its parent is interrupted; its own interrupt and the end of its commands end it", async () => {
    codex = await RealCodex.prepare(model);
    const endless = await endlessCommand(codex.workspace, "pipe");
    codex.api.script = delegates(() => [{ do: "shell", command: endless.command }]);
    const user = await codex.start();
    const threadId = await user.startThread();
    const turnId = await user.startTurn(threadId, "delegate the work");
    await endless.running(user);
    const child = await user.heard.waitFor(
      ({ method, params }) => method === "turn/started" && params["threadId"] !== threadId,
    );
    const childId = asString(child.params["threadId"]);
    const childTurn = asString(asObject(child.params["turn"])["id"]);

    await user.request("turn/interrupt", { threadId, turnId });
    await user.hears("turn/completed", turnId);
    const { thread } = await user.request("thread/read", { threadId: childId });
    expect(asObject(asObject(thread)["status"])["type"]).toBe("active");

    await user.request("turn/interrupt", { threadId: childId, turnId: childTurn });
    const { turn } = await user.hears("turn/completed", childTurn);
    expect(turn).toMatchObject({ status: "interrupted" });
    await user.request("thread/backgroundTerminals/clean", { threadId: childId });
    await expect(endless.ended).resolves.toBeDefined();
  });

  test("stays loaded when its parent is unsubscribed, and is unsubscribed by itself", async () => {
    const { user, threadId, turnId, childId } = await delegated(model, done);
    await user.hears("turn/completed", turnId);
    await user.request("thread/unsubscribe", { threadId });
    const { data } = await user.request("thread/loaded/list", {});
    expect(data).toContain(childId);
    expect(await user.request("thread/unsubscribe", { threadId: childId })).toEqual({
      status: "unsubscribed",
    });
  });
});
