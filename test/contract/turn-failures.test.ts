/** What the real Codex makes of a provider's refusals, and what a chat hears of them. */
import { openThreadSession } from "../../src/thread/sessions.js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { followTurn } from "../../src/thread/turn-follow.js";
import { reasonOf } from "../../src/words/failure-words.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { writeCodexHome } from "../support/codex-home.js";
import { failureOf } from "../support/failure.js";
import { serveOnLoopback, type LoopbackServer } from "../support/loopback-server.js";

const HOUR = 3_600_000;

let codex: RealCodex;
let provider: LoopbackServer;
let refusal: { status: number; body: unknown };

beforeEach(async () => {
  codex = await RealCodex.prepare();
  provider = await serveOnLoopback(async (_request, response) => {
    response.writeHead(refusal.status, { "content-type": "application/json" });
    const { body } = refusal;
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await writeCodexHome(process.env["CODEX_HOME"] ?? "", `${provider.url}/v1`);
});

afterEach(async () => {
  await codex.dispose();
  await provider.stop();
});

const noModel = "The model `mock-model` does not exist or you do not have access to it.";

test.each([
  {
    of: "a model that is not there",
    status: 404,
    body: { error: { message: noModel, code: "model_not_found" } },
    says: /^this Codex cannot use the model\. `\/codexchat models` .*mock-model/,
  },
  {
    of: "a model that is not there, by other providers",
    status: 400,
    body: { error: { message: "The requested model does not exist.", code: "model_not_found" } },
    says: /^this Codex cannot use the model\. .*does not exist\.\)$/,
  },
  {
    of: "a model that the account may not use",
    status: 400,
    body: { detail: "The 'mock-model' model is not supported when using Codex with ChatGPT." },
    says: /^this Codex cannot use the model\. .*\(The 'mock-model' model is not supported/,
  },
  {
    of: "a thread that is too long",
    status: 400,
    body: { error: { message: "Your input is too long.", code: "context_length_exceeded" } },
    says: /`\/codexchat compact` to shorten it/,
  },
  {
    of: "a used-up limit, with the hour of its reset",
    status: 429,
    body: { error: { type: "usage_limit_reached", plan_type: "plus", resets_at: 4_102_444_800 } },
    says: /^the usage limit of the Codex account is reached\. .*[Tt]ry again at .+2100.+ \(By the clock of the gateway's machine\.\)$/,
  },
  {
    of: "a used-up limit of no known end",
    status: 429,
    body: { error: { type: "usage_limit_reached", plan_type: "plus" } },
    says: /^the usage limit of the Codex account is reached\. .*[Tt]ry again later/,
  },
  {
    of: "too many requests",
    status: 429,
    body: { error: { type: "rate_limit_exceeded", message: "Rate limit reached." } },
    says: /^the model is rate-limited right now/,
  },
  {
    of: "an overloaded model",
    status: 503,
    body: { error: { code: "server_is_overloaded", message: "Overloaded" } },
    says: /^the model is overloaded/,
  },
  {
    of: "a model's server that fails",
    status: 500,
    body: "<html>Internal</html>",
    says: /^the model's server failed, or could not be reached\. Send the message again in a minute\. \(/,
  },
  {
    of: "a server in between that shows a page",
    status: 502,
    body: "<html><body>Bad gateway</body></html>",
    says: /^the model's server failed, [^(]*\((?!.*html).*502 Bad Gateway\)$/,
  },
  {
    of: "a stream that ends before it says anything",
    status: 200,
    body: "",
    says: /^the model's server failed, /,
  },
  {
    of: "a key that is not right",
    status: 401,
    body: { error: { code: "invalid_api_key", message: "bad key" } },
    says: /^Codex is not signed in any more\. .*bad key\)$/,
  },
])("$of", async ({ status, body, says }) => {
  refusal = { status, body };
  const user = await codex.start();
  const threadId = await user.startThread();
  const session = openThreadSession(user.client, threadId, `/state/${threadId}`);
  const failure = await failureOf(
    followTurn({
      session,
      requestTimeoutMs: 60_000,
      limits: { idleTimeoutMs: HOUR, maxDurationMs: HOUR },
      slot: { holdUntil: () => undefined },
      begin: (view) => session.begin(view, () => user.startTurn(threadId, "go")),
    }),
  );
  expect(reasonOf(failure).replaceAll("\u2060", "")).toMatch(says);
});
