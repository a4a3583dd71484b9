/** What the real Codex makes of a question beside a turn that runs. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callCodex, METHODS } from "../../src/app-server/methods.js";
import type { CodexRequestOptions } from "../../src/app-server/protocol.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import { failureOf } from "../support/failure.js";
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

/** A turn that runs until its gate opens. */
async function running() {
  const gate = new Gate();
  codex.api.script = ({ said, history }) =>
    ["work", "keep me waiting"].includes(said)
      ? [
          { do: "hold", gate },
          { do: "say", text: "done" },
        ]
      : said === "look"
        ? [{ do: "shell", command: "true" }]
        : [{ do: "say", text: history.join(" + ") }];
  const user = await codex.start();
  const threadId = await user.startThread();
  const expectedTurnId = await user.startTurn(threadId, "work");
  await codex.api.requests.waitFor(({ said }) => said === "work");
  const ask = (prompt: string, more: Partial<CodexRequestOptions> = {}) =>
    callCodex(
      user.client,
      METHODS.sampleThread,
      { threadId, expectedTurnId, prompt, allowInProgressTurn: true },
      { timeoutMs: TIMEOUT_MS, ...more },
    );
  return { user, threadId, turnId: expectedTurnId, gate, ask };
}

describe.runIf(codexTraits.answersAside)("a question beside a turn that runs", () => {
  test("is answered from what the thread holds, and leaves no trace in it", async () => {
    const { user, threadId, turnId, gate, ask } = await running();
    expect(await ask("how far?")).toBe("work + how far?");
    gate.open();
    await user.hears("turn/completed", turnId);
    const after = asString((await user.runTurn(threadId, "next"))["id"]);
    expect(user.answers(after)).toEqual(["work + next"]);
  });

  test("has no answer if the model wants a tool for it", async () => {
    const { gate, ask } = await running();
    expect(await ask("look")).toBeUndefined();
    gate.open();
  });

  test("is given up by Codex when it is cancelled here", async () => {
    const { gate, ask } = await running();
    const abort = new AbortController();
    const options = { signal: abort.signal, cancelBy: METHODS.cancelSample.name };
    const failure = failureOf(ask("keep me waiting", options));
    await codex.api.requests.waitFor(({ said }) => said === "keep me waiting");
    abort.abort();
    expect(await failure).toMatchObject({ code: "ABORTED" });
    await codex.api.givenUp.waitFor(({ said }) => said === "keep me waiting");
    gate.open();
  });
});
