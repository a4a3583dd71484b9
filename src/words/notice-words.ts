/** What a chat hears of what Codex says beside its work. */
import { codeBlock, harmlessText } from "./foreign-text.js";
import { signInCommand } from "./mcp-words.js";
import type { DeniedAction, Denial, Notice } from "../thread/notices.js";
import type { ReviewNews } from "../thread/turn-work.js";

const ACTION_LENGTH = 120;
const REASON_LENGTH = 300;
const DENIALS_NAMED = 3;
/** What owners are shown in one piece. */
const ALLOWABLE_LENGTH = 300;
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

  /**
   * The whole of a denied action, if it can be shown so: nobody can allow what nobody sees. A patch, a tool's call and
   * permissions are told by their names only.
   */
  allowable: ({ action, tookTooLong }: Denial): string | undefined => {
    const text =
      action.kind === "network" ? action.target : action.kind === "command" ? action.text : "";
    const isShown = text !== "" && text.length <= ALLOWABLE_LENGTH;
    return isShown && !tookTooLong ? text : undefined;
  },
  /** The notice, with all of the action where the line about it does not show that. */
  withWhole: (text: string, action: string): string =>
    text.includes(`${action}.`) ? text : `${text}\n${codeBlock(action, ALLOWABLE_LENGTH)}`,
  allowOnce: "Allow it once",
  allowByTyping: "`/codexchat approve denied` allows it once.",
  deniedTitle: "Codex's reviewer denied this. Allow it once?",
  allowedOnce: "Allowed once. Codex tries it again.",
  /** Given to Codex. */
  tryDeniedAgain:
    "I allow once what your reviewer has just denied. Try exactly that again, if it is still needed.",
  staleDenial: "That button is out of date: somebody has used it, or the gateway has restarted.",
  noDenial: "There is nothing here that Codex's reviewer denied and that can be allowed.",
  othersDenial:
    "That action is a sub-agent's, or of a thread that this chat has left, so it cannot be allowed from here.",
  ownersAskedOfDenial: "The gateway's owners are asked. This chat hears what they decide.",
  ownersKeepDenial: "The gateway's owners did not allow it, so it stays denied.",
  noOwnerForDenial: "Only the gateway's owners can allow this, and none of them can be reached.",

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
