/** The real Codex that is ended while nothing happens, and the thread that continues in the next one. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CodexAppServerClient } from "../../src/app-server/client.js";
import { codexClientPool, disposeCodexAppServerClients } from "../../src/app-server/client-pool.js";
import { callCodex, METHODS } from "../../src/app-server/methods.js";
import { readCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { realChat } from "../support/app-server/real-chat.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import { says } from "../support/responses-api.js";

const WITHIN = { timeoutMs: 60_000 };

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await disposeCodexAppServerClients();
  await codex.dispose();
});

function poolsClient(): CodexAppServerClient {
  const [client] = codexClientPool().clients();
  if (!(client instanceof CodexAppServerClient)) throw new Error("no Codex runs");
  return client;
}

test("it stays while a command runs beyond its turn, ends after that, and the thread continues in the next", async () => {
  const cmd = "sleep 600";
  codex.api.script = ({ said, toolOutputs }) =>
    said === "start it" && toolOutputs.length === 0
      ? [{ do: "call", name: "exec_command", args: { cmd, yield_time_ms: 300 } }, says("Started.")]
      : [says(`Heard ${said}.`)];
  const chat = await realChat(codex, { idleShutdownMs: 1000 });
  expect(await chat.say("start it")).toBe("Started.");
  const { threadId = "" } = (await readCodexAppServerBinding(chat.sessionFile)) ?? {};
  const first = poolsClient();
  // It is asked each time that it has been idle for a second.
  const looks = vi.spyOn(first, "look");
  await vi.waitUntil(
    () => looks.mock.calls.filter(([method]) => method === METHODS.listCommands.name).length >= 2,
    { timeout: 60_000 },
  );
  expect(first.isClosed).toBe(false);

  await callCodex(first, METHODS.endCommands, { threadId }, WITHIN);
  if (codexTraits.listsCommands) await first.closed;
  expect(await chat.say("and now")).toBe("Heard and now.");
  const { threadId: threadAfter } = (await readCodexAppServerBinding(chat.sessionFile)) ?? {};
  expect(threadAfter).toBe(threadId);
  expect(codex.api.requests.entries.at(-1)?.history).toEqual(["start it", "and now"]);
});
