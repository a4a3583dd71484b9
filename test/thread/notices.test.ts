/** What is read of what Codex says beside its work. */
import { describe, expect, test } from "vitest";
import { noticeIn, Outage } from "../../src/thread/notices.js";

const THREAD = { threadId: "thread-1", turnId: "turn-1" };

const retry = (message: string, willRetry = true) => ({
  method: "error",
  params: { ...THREAD, willRetry, error: { message, codexErrorInfo: null } },
});

const reviewed = (
  action: Record<string, unknown>,
  review: Record<string, unknown> = { status: "denied", rationale: "Too risky." },
) => ({
  method: "item/autoApprovalReview/completed",
  params: { ...THREAD, reviewId: "review-1", review, action },
});

describe("a denial of the reviewer's names", () => {
  test.each([
    [
      { type: "command", command: "rm -rf /" },
      { kind: "command", text: "rm -rf /" },
    ],
    [
      { type: "command", command: "/bin/bash -lc 'npm ci'" },
      { kind: "command", text: "npm ci" },
    ],
    [
      { type: "execve", argv: ["rm", "-rf", "/"] },
      { kind: "command", text: "rm -rf /" },
    ],
    [
      { type: "writeStdin", stdin: "yes" },
      { kind: "input", text: "yes" },
    ],
    [
      { type: "applyPatch", files: ["/etc/hosts"] },
      { kind: "patch", files: ["/etc/hosts"] },
    ],
    [
      { type: "networkAccess", target: "host:443" },
      { kind: "network", target: "host:443" },
    ],
    [
      { type: "mcpToolCall", server: "mail", toolName: "send" },
      { kind: "tool", server: "mail", tool: "send" },
    ],
    [
      { type: "requestPermissions", reason: "the network" },
      { kind: "permissions", reason: "the network" },
    ],
    [{ type: "something new" }, { kind: "unknown" }],
  ])("%j", (action, read) => {
    expect(noticeIn(reviewed(action))).toMatchObject({
      kind: "denied",
      reviewId: "review-1",
      denial: { action: read, reason: "Too risky.", tookTooLong: false },
    });
  });
});

const command = { type: "command", command: "ls" };

test("a review without a verdict in time is a denial, one that was approved or called off is none", () => {
  expect(noticeIn(reviewed(command, { status: "timedOut", rationale: null }))).toMatchObject({
    denial: { tookTooLong: true, reason: undefined },
  });
  expect(noticeIn(reviewed(command, { status: "approved", rationale: "Fine." }))).toBeUndefined();
  expect(noticeIn(reviewed(command, { status: "aborted", rationale: null }))).toBeUndefined();
});

const startup = (status: string, failureReason: string | null = null) =>
  noticeIn({
    method: "mcpServer/startupStatus/updated",
    params: { threadId: "thread-1", name: "docs", status, error: "No such file", failureReason },
  });

test("a tool server that failed is told with its reason, one that starts is not", () => {
  expect(startup("failed")).toEqual({
    kind: "tool server failed",
    name: "docs",
    message: "No such file",
    needsSignIn: false,
  });
  expect(startup("failed", "reauthenticationRequired")).toMatchObject({ needsSignIn: true });
  for (const status of ["starting", "ready", "cancelled"]) expect(startup(status)).toBeUndefined();
});

test("another model than the one that was asked for is told", () => {
  const params = { ...THREAD, fromModel: "one", toModel: "two", reason: "highRiskCyberActivity" };
  expect(noticeIn({ method: "model/rerouted", params })).toEqual({
    kind: "rerouted",
    from: "one",
    to: "two",
  });
});

test("the model is out of reach from a failure that Codex tries again until something comes of it", () => {
  const outage = new Outage();
  outage.handleNotification(retry("stream disconnected", false));
  expect(outage.message).toBeUndefined();
  outage.handleNotification(retry("Reconnecting... 1/5"));
  outage.handleNotification(retry("Reconnecting... 2/5"));
  outage.handleNotification({ method: "thread/status/changed", params: THREAD });
  expect(outage.message).toBe("Reconnecting... 2/5");
  outage.handleNotification({ method: "item/started", params: THREAD });
  expect(outage.message).toBeUndefined();
});

test.each([
  { method: "error", params: { ...THREAD, willRetry: true, error: {} } },
  { method: "item/autoApprovalReview/completed", params: { ...THREAD, review: null } },
  { method: "mcpServer/startupStatus/updated", params: { status: "failed" } },
  { method: "model/rerouted", params: { ...THREAD, toModel: 7 } },
  { method: "guardianWarning", params: THREAD },
  { method: "turn/started", params: undefined },
])("what says nothing is none: $method", (notification) => {
  expect(noticeIn(notification)).toBeUndefined();
});
