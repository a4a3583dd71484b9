/** How a turn ends, in words, and what else has no file of its own in this room. */
import type { CodexPermissions } from "../app-server/permissions.js";
import { COMMANDS, EXAMPLES, type SubcommandName } from "./command-list.js";
import { isActiveWriter, isConnectionClosed, isNoRollout } from "../app-server/errors.js";
import { durationInWords } from "../common/duration.js";
import { harmlessText } from "./foreign-text.js";
import type { ReviewNews, WorkDone } from "../thread/turn-work.js";
import { noticeWords } from "./notice-words.js";
import { bindingUnreadable, reasonOf } from "./failure-words.js";
import { serverWords } from "./server-words.js";
import { NOT_BOUND, STEERED } from "./shared-words.js";
import { workInWords } from "./work-words.js";

export { commandHelp, COMMANDS } from "./command-list.js";

export const EMPTY_REPLY = "Codex completed without a text reply.";

export const THREAD_REPLACED =
  "Note: the earlier Codex thread of this chat is gone, so this answer comes from a new one that does not remember it.";

const SEND_AGAIN = "Send the message again.";
const GO_ON = "Nothing was repeated: send the message again, or tell Codex to continue.";

/** A turn that ended before its time. */
export type UnfinishedTurn = {
  /** By the person whose turn it is. */
  stopped: boolean;
  done: WorkDone;
  /** What Codex had said. */
  partialText: string;
  /** What Codex's own reviewer said. */
  reviews?: ReviewNews;
};

export const turnWords = {
  turnFailed: (error: unknown, done?: WorkDone): string => {
    const work = done === undefined ? "" : workInWords(done);
    const said = done === undefined || done.said === "" ? "" : whatItHadSaid(done.said);
    const next = isConnectionClosed(error) ? ` ${work + said === "" ? SEND_AGAIN : GO_ON}` : "";
    const failure = `Codex app-server turn failed: ${endedSentence(reasonOf(error), next)}`;
    return [failure, work, said].filter((part) => part !== "").join("\n\n");
  },

  /** A turn that completed and gave no answer in words. */
  nothingSaid: (done: WorkDone, pictures: number): string => {
    if (pictures > 0)
      return pictures === 1 ? "Codex made a picture." : `Codex made ${pictures} pictures.`;
    const work = workInWords(done, "Done");
    return work === "" ? EMPTY_REPLY : `${EMPTY_REPLY} ${work}`;
  },

  interrupted: (turn: UnfinishedTurn): string =>
    withWhatWasDone(
      turn.stopped ? "Codex was stopped." : "Codex was interrupted before it finished.",
      turn,
    ),
  stoppedBeforeItBegan: "Codex was stopped before it started on this message.",
  stoppedBeforeItWasFound: "Stopped. Codex may have got this message before the gateway restarted.",

  cutOff: (turn: Omit<UnfinishedTurn, "stopped">): string =>
    withWhatWasDone(
      `The gateway restarted while Codex was working on this message, and the turn did not finish. ${GO_ON}`,
      turn,
    ),

  detachedMeanwhile:
    "This chat was detached from Codex before this message's turn, so the message was not sent.",
  leftWhileRunning:
    "The gateway restarted while Codex was working on this message, and this chat has since switched threads. The result is in the old thread.",
  reboundMeanwhile:
    "This chat was bound to another Codex thread before this message's turn, so the message was not sent. Send it again if the new thread should get it.",

  queueFull: (limit: number): string =>
    `${limit} messages are waiting for Codex already, so this one was not accepted. Wait for an answer, or send \`/codexchat stop all\`, which stops the running turn and drops them.`,

  /** `server`: its name, if there are several. */
  bound: (thread: {
    threadId: string;
    cwd: string;
    resumed: boolean;
    server?: string | undefined;
  }): string =>
    [
      thread.resumed
        ? `This chat is bound to Codex thread ${harmlessText(thread.threadId)}, resumed.`
        : `This chat is bound to a new Codex thread.`,
      `Folder: ${harmlessText(thread.cwd)}`,
      ...(thread.server === undefined ? [] : [serverWords.on(thread.server)]),
      "Every message here now goes to Codex. `/codexchat detach` unbinds the chat, `/codexchat help` lists all commands.",
    ].join("\n"),

  /** `threadId`: of an old thread that was wanted; `server`: the name of the one that was asked, if there are several. */
  bindFailed: (error: unknown, threadId?: string, server?: string): string => {
    const isElsewhere = server !== undefined && threadId !== undefined && isNoRollout(error);
    const isHeld = threadId !== undefined && isActiveWriter(error);
    const reason = isHeld ? heldByTerminal(threadId) : reasonOf(error);
    return `Codex could not be bound: ${isElsewhere ? serverWords.noThread(server) : reason}`;
  },
  detachedWhileBinding:
    "the chat was detached meanwhile. To bind it after all, send `/codexchat bind`",
  /** Stands in OpenClaw's question and in its word that the bind was allowed, after which the chat hears nothing more. */
  bindSummary: (cwd: string, server?: string): string =>
    `Codex will answer every message here, working in ${harmlessText(cwd)}${server === undefined ? "" : ` on the server ${harmlessText(server, 60)}`}. /codexchat detach ends that.`,
  detachHint: "/codexchat detach",

  detached: (facts: {
    threadId: string | undefined;
    server?: string | undefined;
    stopped: boolean;
  }): string =>
    [
      facts.stopped
        ? "This chat is detached from Codex, and its running turn is being stopped."
        : "This chat is detached from Codex.",
      ...threadKept(facts.threadId, facts.server),
    ].join("\n"),
  detachedByOperator: (threadId: string | undefined, server?: string): string =>
    ["The operator detached this chat from Codex.", ...threadKept(threadId, server)].join("\n"),
  notBound: `${NOT_BOUND} \`/codexchat bind\` binds it.`,
  detachedBefore:
    "This chat was detached from Codex, so the message was not passed on. OpenClaw releases the old binding within a minute. Send the message again after that. `/codexchat bind` binds the chat again.",
  lapsesSoon: (leftMs: number): string =>
    `Nobody has written here for a while, so OpenClaw will take this chat back from Codex in ${durationInWords(leftMs)} (setting session.threadBindings.idleHours). Send any message to keep it.`,

  cwdWithThread:
    "An existing thread keeps its own folder: leave out --cwd, or leave out the thread id.",

  threadBoundElsewhere:
    "Another chat of this gateway is bound to that thread. Detach it there first, or bind without a thread id.",
  threadRunsElsewhere:
    "A turn of another chat still runs on that thread. Wait for its answer there, or send `/codexchat stop` there, then try again.",

  stopped: "Codex stop requested.",
  stoppedWhilePreparing: "Codex stop requested. The turn had not begun yet.",
  nothingToStop: "No active Codex run to stop.",
  steered: STEERED,
  nothingToSteer: "No active Codex run to steer. Send the text as a message instead.",

  modelSet: (model: string): string => `Codex model set to ${harmlessText(model)}.`,
  modelIs: (model: string | undefined): string =>
    model === undefined
      ? "Codex uses its default model here."
      : `Codex model: ${harmlessText(model)}.`,
  fastMode: (on: boolean): string => `Codex fast mode: ${on ? "on" : "off"}.`,
  modelNameInvalid:
    "That does not look like a model's name. Use letters, digits and . _ : / - only, as in `/codexchat model gpt-5.5`.",
  permissions: (mode: string, permissions: CodexPermissions): string =>
    `Codex permissions: ${mode} (${whatItMayDo(permissions)}).`,
  permissionsTooWide: (wanted: string, configured: string): string =>
    `The operator allows only ${configured} here (setting appServer.mode); ${wanted} would go beyond that.`,

  anonymousAdmin:
    "Codex does not get messages from anonymous admins, because nobody can tell who they are. Turn off “Remain anonymous” in the group's admin settings to write to Codex.",
  withoutMention: (subcommand: string): string =>
    `Send \`/codexchat ${harmlessText(subcommand, 40)}\` without the mention before it.`,

  usage: (name: SubcommandName): string => {
    const { usage } = COMMANDS[name];
    const example = EXAMPLES[name];
    const shown = example === undefined ? "" : `, for example \`${example}\``;
    return `That was not understood. Usage: \`${usage}\`${shown}`;
  },
  commandFailed: (subcommand: string, error: unknown): string =>
    `\`${`/codexchat ${subcommand}`.trim()}\` failed: ${reasonOf(error)}`,
  notAuthorized: "You are not allowed to use Codex here.",
  threadMissing: "This chat has lost its Codex thread. `/codexchat bind` starts a new one.",
  bindingUnreadable,
  sentence: (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`,

  hostCannotBind: (message: string): string =>
    `OpenClaw could not bind this chat: ${harmlessText(message)}`,
};

const IN_SANDBOX: Record<CodexPermissions["sandbox"], string> = {
  "read-only": "reads files only",
  "workspace-write": "works in its folder",
  "danger-full-access": "may do everything",
};

const ASKS: Record<CodexPermissions["approvalPolicy"], string> = {
  untrusted: "asks before most commands",
  "on-request": "asks before anything more",
  never: "never asks",
};

/** `works in its folder, asks before anything more`. */
function whatItMayDo({ sandbox, approvalPolicy, approvalsReviewer }: CodexPermissions): string {
  const isReviewed = approvalsReviewer === "auto_review" && approvalPolicy !== "never";
  return `${IN_SANDBOX[sandbox]}, ${isReviewed ? "Codex's reviewer decides about more" : ASKS[approvalPolicy]}`;
}

function heldByTerminal(threadId: string): string {
  return `a terminal or an editor has this thread open. Leave it there (\`/quit\` in the terminal), then send \`/codexchat bind ${harmlessText(threadId, 60)}\` again`;
}

/** A reason with what follows it, if anything. */
function endedSentence(reason: string, next: string): string {
  return next === "" || /[.!?…]$/.test(reason) ? `${reason}${next}` : `${reason}.${next}`;
}

function withWhatWasDone(
  note: string,
  { done, partialText, reviews }: Omit<UnfinishedTurn, "stopped">,
): string {
  const work = workInWords(done);
  const outcome = work === "" ? note : `${note} ${work}`;
  const sentences = reviews
    ? `${outcome}\n\n${noticeWords.interruptedByReviewer(reviews)}`
    : outcome;
  return partialText === "" ? sentences : `${sentences}\n\n${whatItHadSaid(partialText)}`;
}

function whatItHadSaid(text: string): string {
  return `It had said:\n\n${text}`;
}

function threadKept(threadId: string | undefined, server: string | undefined): string[] {
  return threadId === undefined
    ? []
    : [
        `The thread is kept: \`/codexchat bind ${serverWords.thread(threadId, server)}\` continues it.`,
      ];
}
