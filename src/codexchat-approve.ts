/** `/codexchat approve|deny`: answers what Codex asks, for chats without buttons and people who rather type. */
import { approvalWords } from "./approval-words.js";
import { steerActiveTurn } from "./conversation-control.js";
import { answerQuestion, openQuestions, type AnswerResult } from "./conversation-questions.js";
import { textInput } from "./conversation-turn-input.js";

type Session = { sessionFile: string; pluginConfig: unknown };

/** `approve [ID] [always | NUMBER]`; the id may be left out where one question is open. */
export async function approveByCommand(session: Session, args: string[]): Promise<string> {
  const named = nameQuestion(session, args);
  if (typeof named === "string") return named;
  const { id, rest } = named;
  return said(answerQuestion(id, choiceId(rest[0]), session.sessionFile));
}

/** `deny [ID] [REASON]`; the reason reaches Codex as a steer, since its protocol has no room for one. */
export async function denyByCommand(session: Session, args: string[]): Promise<string> {
  const named = nameQuestion(session, args);
  if (typeof named === "string") return named;
  const result = answerQuestion(named.id, "deny", session.sessionFile);
  const reason = named.rest.join(" ").trim();
  if (reason === "" || result.kind !== "taken") return said(result);
  const told = await steerActiveTurn(session, [
    textInput(approvalWords.denialReason(reason)),
  ]).catch(() => false);
  return told ? said(result) : `${said(result)}\n${approvalWords.reasonLost}`;
}

function nameQuestion(
  { sessionFile }: Session,
  args: string[],
): { id: string; rest: string[] } | string {
  const open = openQuestions(sessionFile);
  const [first = "", ...rest] = args;
  if (/^[0-9a-f]{8}$/.test(first)) return { id: first, rest };
  const [only] = open;
  if (only && open.length === 1) return { id: only.id, rest: args };
  return approvalWords.which(open.map(({ id }) => id));
}

function choiceId(wanted: string | undefined): string {
  if (wanted === undefined) return "once";
  if (/^\d+$/.test(wanted)) return `option-${Number(wanted) - 1}`;
  return wanted.toLowerCase();
}

function said(result: AnswerResult): string {
  switch (result.kind) {
    case "taken":
      return approvalWords.settled(result.question.question, result.choice.outcome, "markdown");
    case "settled before":
      return approvalWords.alreadySettled(result.outcome);
    case "no such choice":
      return approvalWords.noSuchChoice(result.choices);
    case "not open":
      return approvalWords.notOpen;
  }
}
