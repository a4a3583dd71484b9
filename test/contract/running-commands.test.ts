/** Commands that outlive their turn in the real Codex, and a thread that is handed over to another process of it. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { isActiveWriter } from "../../src/app-server/errors.js";
import { callCodex, METHODS } from "../../src/app-server/methods.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import { says } from "../support/responses-api.js";

const OPTIONS = { timeoutMs: 60_000 };

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await codex.dispose();
});

test("a command that outlives its turn is listed until it is ended", async () => {
  const cmd = "sleep 600";
  codex.api.script = ({ said, toolOutputs }) =>
    said === "start it" && toolOutputs.length === 0
      ? [{ do: "call", name: "exec_command", args: { cmd, yield_time_ms: 300 } }, says("Started.")]
      : [says("Heard.")];
  const { client, ...user } = await startedUser();
  const { threadId } = user;
  const list = () => callCodex(client, METHODS.listCommands, { threadId, limit: 100 }, OPTIONS);
  await user.run("start it");
  const listed = codexTraits.listsCommands ? await list() : [];
  expect(listed).toEqual(
    codexTraits.listsCommands ? [{ processId: listed[0]?.processId, text: cmd }] : [],
  );
  for (const { processId } of listed) {
    // oxlint-disable-next-line no-await-in-loop
    await callCodex(client, METHODS.endCommand, { threadId, processId }, OPTIONS);
  }
  await callCodex(client, METHODS.endCommands, { threadId }, OPTIONS);
  expect(codexTraits.listsCommands ? await list() : []).toEqual([]);
});

test("a thread that a chat has is refused to another process, which has it once that one has ended", async () => {
  const { threadId, run, client } = await startedUser();
  await run("hi");
  const terminal = await codex.start();
  const resume = (): Promise<unknown> => terminal.request("thread/resume", { threadId });
  const refusal: unknown = await resume().catch((error: unknown) => error);
  expect(isActiveWriter(refusal)).toBe(codexTraits.locksThreads);
  await client.close();
  await resume();
});

async function startedUser() {
  const user = await codex.start();
  const threadId = await user.startThread();
  const run = (text: string) => user.runTurn(threadId, text);
  return { client: user.client, threadId, run };
}
