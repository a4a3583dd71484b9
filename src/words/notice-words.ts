/** What a chat hears of what Codex says beside its work. */
import { harmlessText } from "./foreign-text.js";
import { signInCommand } from "./mcp-words.js";
import type { DeniedAction, Denial, Notice } from "../thread/notices.js";
import type { ReviewNews } from "../thread/turn-work.js";

const ACTION_LENGTH = 120;
const REASON_LENGTH = 300;
const DENIALS_NAMED = 3;
const AGENTS_NAMED = 5;

export const noticeWords = {
  /** Undefined for what is told otherwise. */
  notice: (notice: Notice): string | undefined => {
    switch (notice.kind) {
      case "denied":
        return `🛡️ ${denied(notice.denial)}`;
      case "tool server failed":
        return toolServerFailed(notice);
      case "rerouted":
        return `Codex answers with ${harmlessText(notice.to, 100)} instead of ${harmlessText(notice.from, 100)} for now.`;
      case "model out of reach":
      case "reviewer's warning":
        return undefined;
    }
  },

  /** In the progress note. */
  outage: (message: string): string =>
    `Codex cannot reach the model: ${harmlessText(message, 150)}`,

  /** After an answer. */
  agentsAtWork: (names: readonly string[]): string => {
    const named = names.slice(0, AGENTS_NAMED).map((name) => harmlessText(name, 40));
    const more = names.length - named.length;
    const list = more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
    return names.length === 1
      ? `1 sub-agent is still working: ${list}. \`/codexchat stop\` stops it.`
      : `${names.length} sub-agents are still working: ${list}. \`/codexchat stop\` stops them.`;
  },

  /** Why the reviewer had a turn interrupted. */
  interruptedByReviewer: ({ denials, warning }: ReviewNews): string =>
    [
      ...(warning === undefined ? [] : [harmlessText(warning, REASON_LENGTH)]),
      ...denials.slice(-DENIALS_NAMED).map((denial) => `- ${denied(denial)}`),
      "Tell Codex how to proceed instead, or allow more with `/codexchat permissions`.",
    ].join("\n"),
};

function denied({ action, reason, tookTooLong }: Denial): string {
  const what = actionInWords(action);
  if (tookTooLong) return `Codex's reviewer took too long, so this was denied: ${what}`;
  const why = reason === undefined ? "" : ` Reason: ${harmlessText(reason, REASON_LENGTH)}`;
  return `Codex's reviewer denied: ${what}.${why}`;
}

function actionInWords(action: DeniedAction): string {
  switch (action.kind) {
    case "command":
      return harmlessText(action.text, ACTION_LENGTH);
    case "input":
      return `input to a running command (${harmlessText(action.text, ACTION_LENGTH)})`;
    case "patch":
      return `changes to ${harmlessText(action.files.join(", ") || "files", ACTION_LENGTH)}`;
    case "network":
      return `network access to ${harmlessText(action.target, ACTION_LENGTH)}`;
    case "tool":
      return `the tool ${harmlessText(action.tool, 60)} of ${harmlessText(action.server, 60)}`;
    case "permissions": {
      const why =
        action.reason === undefined ? "" : ` (${harmlessText(action.reason, ACTION_LENGTH)})`;
      return `more permissions${why}`;
    }
    case "unknown":
      return "an action";
  }
}

function toolServerFailed({
  name,
  message,
  needsSignIn,
}: Extract<Notice, { kind: "tool server failed" }>): string {
  const server = harmlessText(name, 60);
  if (needsSignIn) {
    return `Codex works without the tools of ${server}, which needs you to sign in again: ${signInCommand(name)} in a private chat.`;
  }
  const why = message === undefined ? "" : ` Reason: ${harmlessText(message, REASON_LENGTH)}`;
  return `The tool server ${server} did not start, so Codex works without its tools.${why}`;
}
