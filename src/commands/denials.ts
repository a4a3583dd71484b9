/**
 * Allowing once what Codex's own reviewer has denied: by the button below the notice, or `/codexchat approve denied`. Where
 * the gateway has owners they decide.
 */
import { randomUUID } from "node:crypto";
import { callCodex, METHODS } from "../app-server/methods.js";
import { clearButtonsOnly, isSameChat, takeClicks, type ChatClick } from "../chat/clicks.js";
import { textInput } from "../chat/turn-input.js";
import { auditCommand } from "../host/audit.js";
import { currentHostConfig, type CommandContext, type PluginHost } from "../host/plugin-host.js";
import { steerActiveTurn } from "../messages/control.js";
import {
  DENIAL_NAMESPACE,
  findDenial,
  giveBackDenial,
  newestDenial,
  takeDenial,
  type OfferedDenial,
} from "../messages/denial-offers.js";
import { runningConversationMessages } from "../messages/process-messages.js";
import { askOperator, namesOperators, OPERATOR_WAITS_MS } from "../questions/operator.js";
import { choice, parts, type CodexQuestion } from "../questions/question.js";
import { requireBinding } from "../thread/bound-codex.js";
import { readyThread, restThread } from "../thread/thread.js";
import { continued } from "../words/foreign-text.js";
import { noticeWords } from "../words/notice-words.js";
import { turnWords } from "../words/turn-words.js";
import { commandOfClick } from "./click-command.js";
import { codexOf } from "./codex.js";
import { sessionOf, type Session } from "./subcommand.js";

/** Takes the clicks. */
export function registerDenialButtons(api: PluginHost & Parameters<typeof takeClicks>[0]): void {
  takeClicks(api, DENIAL_NAMESPACE, async (click) => {
    const said = await answerClick(api, click);
    if (said !== undefined) await click.say(said);
  });
}

/** The newest of the chat's. */
export async function allowNewestDenial(
  host: PluginHost,
  ctx: CommandContext,
  session: Session,
): Promise<string> {
  const id = newestDenial(session.sessionFile);
  return id === undefined ? noticeWords.noDenial : allowDenial(host, ctx, session, id);
}

async function answerClick(host: PluginHost, click: ChatClick): Promise<string | undefined> {
  const ctx = commandOfClick(click);
  if (!ctx) return undefined;
  const denial = findDenial(click.payload);
  if (!denial || !isSameChat(click.chat, denial.address)) return noticeWords.staleDenial;
  const { to, threadId } = denial.address;
  const here = { ...ctx, to, messageThreadId: threadId };
  try {
    const session = await sessionOf(host, here);
    if (session?.sessionFile !== denial.sessionFile) return noticeWords.staleDenial;
    const said = await allowDenial(host, here, session, click.payload);
    if (!findDenial(click.payload)) await clearButtonsOnly(click);
    return said;
  } catch (error) {
    return turnWords.commandFailed("approve denied", error);
  }
}

/** @throws what Codex refuses, CodexLocalError */
async function allowDenial(
  host: PluginHost,
  ctx: CommandContext,
  session: Session,
  id: string,
): Promise<string> {
  const { threadId } = await requireBinding(session.sessionFile);
  const denial = takeDenial(id);
  if (!denial) return noticeWords.staleDenial;
  if (denial.threadId !== threadId) return noticeWords.othersDenial;
  try {
    if (!namesOperators(currentHostConfig(host))) return await allow(host, ctx, session, denial);
    const asked = await askOperator(host, denial.address, questionOf(denial), {
      timeoutMs: OPERATOR_WAITS_MS,
      handle: "",
    });
    if (!asked) {
      giveBackDenial(id, denial);
      return noticeWords.noOwnerForDenial;
    }
    void asked.decided
      .then(async (decision) =>
        decision === "once" ? allow(host, ctx, session, denial) : noticeWords.ownersKeepDenial,
      )
      .catch((error: unknown) => turnWords.commandFailed("approve denied", error))
      .then((text) => tell(denial, text));
    return noticeWords.ownersAskedOfDenial;
  } catch (error) {
    giveBackDenial(id, denial);
    throw error;
  }
}

/** Has Codex try it again. @throws what Codex refuses, CodexLocalError */
async function allow(
  host: PluginHost,
  ctx: CommandContext,
  session: Session,
  { threadId, event, action, address, sessionFile }: OfferedDenial,
): Promise<string> {
  const binding = await requireBinding(sessionFile);
  if (binding.threadId !== threadId) return noticeWords.othersDenial;
  const { client, runtime, timeoutMs } = await codexOf(session);
  const ready = await readyThread(client, binding, { runtime, sessionFile });
  restThread(client, threadId);
  if (ready.kind === "refused") throw ready.error;
  await callCodex(client, METHODS.allowDenied, { threadId, event }, { timeoutMs });
  await auditCommand(host, ctx, {
    event: "decision",
    session: sessionFile,
    outcome: noticeWords.allowedOnce,
    text: action,
  });
  const input = [textInput(noticeWords.tryDeniedAgain)];
  if (!(await steerActiveTurn(session, input).catch(() => false))) {
    const { data } = session;
    await runningConversationMessages()?.accept({ data, input, address, messageId: undefined });
  }
  return noticeWords.allowedOnce;
}

function questionOf({ action }: OfferedDenial): CodexQuestion {
  return {
    kind: "approval",
    title: noticeWords.deniedTitle,
    grant: parts(continued(action)),
    facts: [],
    choices: [choice("once", true)],
    refusal: choice("deny", false),
  };
}

async function tell({ sessionFile, address }: OfferedDenial, text: string): Promise<void> {
  const id = randomUUID();
  await runningConversationMessages()?.outbox.post(sessionFile, address, {
    id,
    kind: "notice",
    text,
  });
}
