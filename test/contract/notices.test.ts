/** What the real Codex says beside its work, as it is read for the chat. */
import { afterEach, expect, test } from "vitest";
import { noticeIn } from "../../src/thread/notices.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";

let codex: RealCodex;

afterEach(async () => {
  await codex.dispose();
});

test("a tool server that cannot be started is told of once its thread is loaded", async () => {
  codex = await RealCodex.prepare(undefined, [
    "[mcp_servers.broken]",
    'command = "/nowhere/to-be-found"',
  ]);
  const user = await codex.start();
  const threadId = await user.startThread();
  const { method, params } = await user.heard.waitFor((entry) => noticeIn(entry) !== undefined);
  expect(noticeIn({ method, params })).toMatchObject({
    kind: "tool server failed",
    name: "broken",
    message: expect.stringMatching(/No such file/),
    needsSignIn: false,
  });
  expect(params["threadId"]).toBe(codexTraits.namesThreadOfToolServer ? threadId : undefined);
});

test("a model that cannot be reached is tried again, and each try says so", async () => {
  codex = await RealCodex.prepare(undefined, ["stream_max_retries = 2"]);
  codex.api.script = () => [{ do: "cut" }];
  const user = await codex.start();
  const threadId = await user.startThread();
  await user.startTurn(threadId, "hi");
  const { method, params } = await user.heard.waitFor((entry) => noticeIn(entry) !== undefined);
  expect(noticeIn({ method, params })).toMatchObject({ kind: "model out of reach" });
});
