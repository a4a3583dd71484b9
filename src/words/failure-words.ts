/** The words for every failure. */
import { CodexNotSignedInError } from "../app-server/account.js";
import { CodexConfigError, CodexServerGoneError } from "../app-server/config-error.js";
import {
  CodexLocalError,
  isActiveWriter,
  isArchived,
  isInvalidThreadId,
  isNoRollout,
  isDamagedThread,
  isNotSteerable,
} from "../app-server/errors.js";
import { asRecord, asString } from "../app-server/json.js";
import { missingVariable, turnFailureCause } from "../app-server/turn-failure.js";
import { harmlessText } from "./foreign-text.js";
import { CodexTurnFailedError } from "../thread/turn-collector.js";
import {
  CodexSteerUnansweredError,
  ThreadBindingUnreadableError,
  ThreadGoneError,
} from "../thread/errors.js";
import { shortDuration, shortTime } from "./numbers.js";
import { serverWords } from "./server-words.js";
import { SIGN_IN } from "./shared-words.js";
import { WorkspaceFolderError } from "../thread/workspace-folder.js";
import { folderRefused } from "./folder-words.js";
import { GitError } from "../thread/git.js";
import { WorktreeError } from "../thread/worktree.js";
import { worktreeWords } from "./worktree-words.js";

const GONE_BEFORE_COMPACTION =
  "the Codex thread of this chat is gone, so there is nothing to compact. The next message starts a new one";
/** No sentence yet: it follows a colon. */
export function bindingUnreadable(reason: string): string {
  return `the saved thread binding of this chat cannot be read (${harmlessText(reason)}). Send \`/codexchat bind\` to bind it again; the damaged file is kept`;
}

const AGAIN = "Send the message again in a minute.";

/** A failure in one sentence that is harmless in a chat, and says what to do where something can be done. */
export function reasonOf(error: unknown, now = Date.now()): string {
  // These are our own words about the operator's settings, to be copied as they are.
  const isOurs =
    error instanceof CodexNotSignedInError ||
    error instanceof CodexConfigError ||
    (error instanceof CodexLocalError &&
      (error.code === "COMMAND_NOT_FOUND" || error.code === "TOO_OLD"));
  if (error instanceof CodexServerGoneError) return serverWords.gone(error.server);
  if (error instanceof WorkspaceFolderError) return folderRefused(error);
  if (error instanceof WorktreeError) return worktreeWords.refused(error.code);
  if (error instanceof GitError) return worktreeWords.gitRefused(error.message);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CodexNotSignedInError && error.configProblem !== undefined) {
    return `${configUnread(error.configProblem)} Correct it on the gateway's machine, then send the message again.`;
  }
  if (isOurs) return message;
  // Only what is not ours is made harmless: commands in our own words can be copied.
  const harmless = harmlessText(innerMessage(message));
  return error instanceof CodexTurnFailedError
    ? reasonOfTurn(error, harmless, now)
    : reasonOfRefusal(error, harmless);
}

/** `problem` is Codex's own. */
export function configUnread(problem: string): string {
  return `Codex cannot read its configuration and works without it: ${harmlessText(problem, 300).replace(/\.?$/, ".")}`;
}

/** Codex hands on a model provider's error as it came: often JSON with the sentence somewhere inside. */
function innerMessage(message: string): string {
  try {
    const body = asRecord(JSON.parse(message));
    return (
      asString(asRecord(body?.error)?.message) ??
      asString(body?.message) ??
      asString(body?.detail) ??
      message
    );
  } catch {
    // Where it was sent to, and the page that a server in between shows, are of no use in a chat.
    return message.replace(/, url: \S+$/, "").replace(/: <(?:!doctype|html)\b[^]*$/i, "");
  }
}

function reasonOfTurn(error: CodexTurnFailedError, message: string, now: number): string {
  switch (turnFailureCause(error)) {
    case "unauthorized":
      return `Codex is not signed in any more. ${SIGN_IN} (${message})`;
    case "usageLimit": {
      const { resetsAt } = error;
      const reset =
        resetsAt === undefined || resetsAt <= now
          ? `. ${limitInCodexWords(message)}`
          : `; it resets in ${shortDuration(resetsAt - now)} (${shortTime(resetsAt, now)})`;
      return `the usage limit of the Codex account is reached${reset}`;
    }
    case "rateLimit":
      return `the model is rate-limited right now. ${AGAIN} (${message})`;
    case "contextFull":
      return "the thread is too long for the model. Send `/codexchat compact` to shorten it, or `/codexchat new` for a new thread";
    case "overloaded":
      return "the model is overloaded. Send the message again in a minute, or choose another one: `/codexchat models` lists them";
    case "serverFailed":
      return `the model's server failed, or could not be reached. ${AGAIN} (${message})`;
    case "modelUnknown":
      return `this Codex cannot use the model. \`/codexchat models\` lists those that it can, \`/codexchat model NAME\` chooses one. (${message})`;
    case undefined: {
      const variable = missingVariable(error);
      return variable === undefined
        ? message
        : `Codex's model provider needs the environment variable ${harmlessText(variable, 100)}. If the gateway has it, add its name to appServer.passEnv`;
    }
  }
}

/** Codex 0.169 names the hour of the reset itself, by the clock of the machine that it runs on. */
function limitInCodexWords(message: string): string {
  const rest = message.replace(/^You.ve hit your usage limit\.\s*(?=\S)/, "");
  return /\btry again at\b/i.test(rest) ? `${rest} (By the clock of the gateway's machine.)` : rest;
}

function reasonOfRefusal(error: unknown, message: string): string {
  if (error instanceof ThreadBindingUnreadableError) {
    return bindingUnreadable(error.reason);
  }
  if (error instanceof ThreadGoneError) return GONE_BEFORE_COMPACTION;
  if (isNoRollout(error) || isInvalidThreadId(error)) {
    return "Codex has no thread with this id, or it has never run a turn. `/codexchat bind` without an id starts a new one";
  }
  if (isActiveWriter(error)) {
    return "this thread is open in another Codex (a terminal or an editor). Close it there and send the message again, or send `/codexchat bind` for a new thread";
  }
  if (isArchived(error)) {
    return "this thread is archived. Unarchive it in Codex, or send `/codexchat bind` for a new thread";
  }
  if (error instanceof CodexSteerUnansweredError) {
    return "Codex did not say whether it took this for the running turn, and may have. Wait for the turn's answer before you send it again";
  }
  if (isDamagedThread(error)) {
    return "Codex cannot read this thread any more. `/codexchat new` starts a new one";
  }
  if (isNotSteerable(error)) {
    return "a review or a compaction takes no input. Send the text as a message: it runs afterwards";
  }
  return message;
}
