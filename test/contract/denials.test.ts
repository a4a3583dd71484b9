/** What the real Codex's reviewer denies, and how a person's yes reaches the model and the reviewer. */
import { access } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { callCodex, METHODS } from "../../src/app-server/methods.js";
import { noticeIn, type Notice } from "../../src/thread/notices.js";
import { RealCodex, type CodexUser } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import { says } from "../support/responses-api.js";
import { verdictOf } from "../support/model-scripts.js";

const OPTIONS = { timeoutMs: 60_000 };

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await codex.dispose();
});

function denialsOf({ heard }: CodexUser): Extract<Notice, { kind: "denied" }>[] {
  return heard.entries.flatMap((entry) => {
    const notice = noticeIn(entry);
    return notice?.kind === "denied" ? [notice] : [];
  });
}

test("an action that was denied is told, and allowed once by a person's yes", async () => {
  const made = path.join(codex.workspace, "made");
  let mayRun = false;
  codex.api.script = (request) =>
    verdictOf(request, mayRun ? "allow" : "deny", "Too risky.") ??
    // The reviewer's request stands between, and Codex 0.125 names no turns.
    (request.toolOutputs.length > 0
      ? [says("Tried.")]
      : [{ do: "shell", command: `touch ${made}`, justification: "May I?" }]);
  const user = await codex.start();
  const threadId = await user.startThread({
    sandbox: "read-only",
    approvalPolicy: "on-request",
    approvalsReviewer: "auto_review",
  });
  await user.runTurn(threadId, "make it");
  const [denied] = denialsOf(user);
  expect(denied).toMatchObject({
    threadId,
    denial: { action: { kind: "command", text: `touch ${made}` }, reason: "Too risky." },
  });
  await expect(access(made)).rejects.toThrow(/ENOENT/);

  const event = denied?.event ?? {};
  await callCodex(user.client, METHODS.allowDenied, { threadId, event }, OPTIONS);
  mayRun = true;
  await user.runTurn(threadId, "try it again");
  await access(made);
  const told = codex.api.requests.entries.filter(({ body }) =>
    JSON.stringify(body).includes("The user has manually approved a specific action"),
  );
  expect(told.length > 0).toBe(codexTraits.tellsAllowedActions);
});

test("Codex takes back what it tells of a network access", async () => {
  const user = await codex.start();
  const threadId = await user.startThread();
  const params = {
    threadId,
    turnId: "turn-1",
    startedAtMs: 1,
    completedAtMs: 2,
    reviewId: "review-1",
    decisionSource: "agent",
    review: { status: "denied", riskLevel: "critical", userAuthorization: "unknown" },
    action: {
      type: "networkAccess",
      target: "https://a.example:443",
      host: "a.example",
      protocol: "socks5Tcp",
      port: 443,
    },
  };
  const notice = noticeIn({ method: "item/autoApprovalReview/completed", params });
  expect(notice).toMatchObject({ event: { action: { protocol: "socks5_tcp" } } });
  const event = notice?.kind === "denied" ? notice.event : {};
  await callCodex(user.client, METHODS.allowDenied, { threadId, event }, OPTIONS);
});
