import { expect, test } from "vitest";
import { CODEX_CONTROL_METHODS } from "../../src/app-server/capabilities.js";
import { callCodex, METHODS } from "../../src/app-server/methods.js";
import { connectedClient } from "../support/app-server/connected-client.js";

test("a call sends the method's name and params as they are, and reads the answer once", async () => {
  const { client, far } = connectedClient();
  const call = callCodex(
    client,
    METHODS.clearGoal,
    { threadId: "t", origin: "user" },
    {
      timeoutMs: 60_000,
    },
  );
  const request = await far.request("thread/goal/clear");
  expect(request["params"]).toEqual({ threadId: "t", origin: "user" });
  far.succeed(request, { cleared: true });
  expect(await call).toBe(true);
});

test("a call that Codex refuses, or that is given up, rejects as any request", async () => {
  const { client, far } = connectedClient();
  far.whenever("thread/name/set", (request) =>
    far.fail(request, { code: -32600, message: "no rollout found" }),
  );
  const params = { threadId: "t", name: "a name" };
  const refused = callCodex(client, METHODS.nameThread, params, { timeoutMs: 60_000 });
  await expect(refused).rejects.toMatchObject({ code: -32600, method: "thread/name/set" });
  const signal = AbortSignal.abort();
  const given = callCodex(client, METHODS.endCommands, params, { timeoutMs: 60_000, signal });
  await expect(given).rejects.toMatchObject({ code: "ABORTED" });
});

test("the table has each method that is known by its name, once", () => {
  const names = Object.values(METHODS).map(({ name }) => name);
  expect(names.toSorted()).toEqual(Object.values(CODEX_CONTROL_METHODS).toSorted());
});

test.each([null, "an answer", [], {}, { thread: 7, data: {}, goal: [], cleared: "yes" }])(
  "an answer that is not as expected, like %j, says nothing instead of harming",
  (answer) => {
    expect(METHODS.readThread.read(answer)).toEqual({
      parentThreadId: undefined,
      nickname: undefined,
      title: "",
      cwd: undefined,
      isActive: false,
      turns: [],
    });
    expect(METHODS.listThreads.read(answer)).toEqual([]);
    expect(METHODS.searchThreads.read(answer)).toEqual([]);
    expect(METHODS.listModels.read(answer)).toEqual({ models: [], nextCursor: undefined });
    expect(METHODS.clearGoal.read(answer)).toBe(false);
  },
);
