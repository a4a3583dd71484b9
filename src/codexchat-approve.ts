/** `/codexchat approve|deny`: answers what Codex asks, for chats without buttons and people who rather type. */
import { approvalWords } from "./approval-words.js";
import { steerActiveTurn } from "./conversation-control.js";
import { answerQuestion, openQuestions } from "./conversation-questions.js";
import { textInput } from "./conversation-turn-input.js";

type Session = { sessionFile: string; pluginConfig: unknown };

/** `approve [ID] [always | NUMBER]`; the id may be left out where one question is open. */
export async function approveByCommand(session: Session, args: string[]): Promise<string> {
  const named = nameQuestion(session, args);
  if (typeof named === "string") return named;
  const { id, rest } = named;
  return answer(session, id, choiceId(rest[0]));
}

/** `deny [ID] [REASON]`; the reason reaches Codex as a steer, since its protocol has no room for one. */
export async function denyByCommand(session: Session, args: string[]): Promise<string> {
  const named = nameQuestion(session, args);
  if (typeof named === "string") return named;
  const said = answer(session, named.id, "deny");
  const reason = named.rest.join(" ").trim();
  if (reason !== "") {
    await steerActiveTurn(session, [textInput(approvalWords.denialReason(reason))]);
  }
  return said;
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

function answer({ sessionFile }: Session, id: string, choice: string): string {
  const result = answerQuestion(id, choice, sessionFile);
  switch (result.kind) {
    case "taken":
      return approvalWords.settled(result.question.question, result.choice.outcome);
    case "settled before":
      return approvalWords.alreadySettled(result.outcome);
    case "no such choice":
      return approvalWords.noSuchChoice(result.choices);
    case "not open":
      return approvalWords.notOpen;
  }
}
