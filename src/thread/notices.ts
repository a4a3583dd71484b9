/** What Codex says beside its work that a person should hear of: read here, put into words elsewhere. */
import { deniedEventOf, type DeniedEvent } from "../app-server/denied-event.js";
import { asRecord, asString } from "../app-server/json.js";
import { commandToRead } from "../common/shell-command.js";
import type { CodexNotification } from "../app-server/protocol.js";

/** An action that Codex's own reviewer did not allow. */
export type Denial = {
  action: DeniedAction;
  /** The reviewer's. */
  reason: string | undefined;
  /** The reviewer gave no verdict in time, which counts as a no. */
  tookTooLong: boolean;
};

export type DeniedAction =
  | { kind: "command"; text: string }
  | { kind: "input"; text: string }
  | { kind: "patch"; files: string[] }
  | { kind: "network"; target: string }
  | { kind: "tool"; server: string; tool: string }
  | { kind: "permissions"; reason: string | undefined }
  | { kind: "unknown" };

export type Notice =
  /** Codex tries again by itself. */
  | { kind: "model out of reach"; message: string }
  | { kind: "denied"; reviewId: string; threadId: string; denial: Denial; event: DeniedEvent }
  | { kind: "reviewer's warning"; message: string }
  | { kind: "tool server failed"; name: string; message: string | undefined; needsSignIn: boolean }
  | { kind: "rerouted"; from: string; to: string };

export function noticeIn({ method, params }: CodexNotification): Notice | undefined {
  const fields = asRecord(params);
  if (!fields) return undefined;
  switch (method) {
    case "error": {
      const message = asString(asRecord(fields.error)?.message);
      return fields.willRetry === true && message !== undefined
        ? { kind: "model out of reach", message }
        : undefined;
    }
    case "item/autoApprovalReview/completed":
      return denialIn(fields);
    case "guardianWarning": {
      const message = asString(fields.message);
      return message === undefined ? undefined : { kind: "reviewer's warning", message };
    }
    case "mcpServer/startupStatus/updated":
      return toolServerIn(fields);
    case "model/rerouted": {
      const from = asString(fields.fromModel);
      const to = asString(fields.toModel);
      return from === undefined || to === undefined ? undefined : { kind: "rerouted", from, to };
    }
    default:
      return undefined;
  }
}

/** Whether the model is out of reach: said until something comes from it again. */
export class Outage {
  #message: string | undefined;

  /** What Codex said last, while nothing else comes. */
  get message(): string | undefined {
    return this.#message;
  }

  handleNotification(notification: CodexNotification): void {
    const notice = noticeIn(notification);
    if (notice?.kind === "model out of reach") this.#message = notice.message;
    // Codex says nothing of a reconnection, but then the model's work comes again.
    else if (/^item\/|^thread\/tokenUsage\//.test(notification.method)) this.#message = undefined;
  }
}

function denialIn(fields: Record<string, unknown>): Notice | undefined {
  const reviewId = asString(fields.reviewId);
  const review = asRecord(fields.review);
  const status = review?.status;
  if (reviewId === undefined || (status !== "denied" && status !== "timedOut")) return undefined;
  const reason = asString(review?.rationale)?.trim() || undefined;
  const action = deniedAction(asRecord(fields.action));
  const denial = { action, reason, tookTooLong: status === "timedOut" };
  const threadId = asString(fields.threadId) ?? "";
  return { kind: "denied", reviewId, threadId, denial, event: deniedEventOf(fields) };
}

function deniedAction(action: Record<string, unknown> | undefined): DeniedAction {
  const unknown: DeniedAction = { kind: "unknown" };
  switch (action?.type) {
    case "command":
      return textAction("command", commandToRead(asString(action.command) ?? "")) ?? unknown;
    case "execve":
      return textAction("command", texts(action.argv).join(" ")) ?? unknown;
    case "writeStdin":
      return textAction("input", asString(action.stdin)) ?? unknown;
    case "applyPatch":
      return { kind: "patch", files: texts(action.files) };
    case "networkAccess": {
      const target = asString(action.target) ?? asString(action.host);
      return target === undefined ? unknown : { kind: "network", target };
    }
    case "mcpToolCall": {
      const server = asString(action.server);
      const tool = asString(action.toolName);
      return server === undefined || tool === undefined ? unknown : { kind: "tool", server, tool };
    }
    case "requestPermissions":
      return { kind: "permissions", reason: asString(action.reason) };
    default:
      return unknown;
  }
}

function textAction(kind: "command" | "input", text: string | undefined): DeniedAction | undefined {
  return text === undefined || text.trim() === "" ? undefined : { kind, text };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}

function toolServerIn(fields: Record<string, unknown>): Notice | undefined {
  const name = asString(fields.name);
  if (name === undefined || fields.status !== "failed") return undefined;
  return {
    kind: "tool server failed",
    name,
    message: asString(fields.error),
    needsSignIn: fields.failureReason === "reauthenticationRequired",
  };
}
