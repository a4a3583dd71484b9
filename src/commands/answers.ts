/** `/codexchat approve`, `deny`, `answer` and `show`: answers what Codex asks by typing. */
import { steerActiveTurn } from "../conversation-control.js";
import { textInput } from "../conversation-turn-input.js";
import { answerInWords, answerQuestion, findQuestion, openQuestions } from "../questions/board.js";
import { resultInWords } from "../questions/result-words.js";
import { questionWords } from "../words/question-words.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

/** `approve [ID] [always | NUMBER]`; the id may be left out where one question is open. */
export const approve: Subcommand = (host, ctx, args) =>
  onQuestion(host, ctx, args, "approve", async (id, [wanted], { sessionFile }) =>
    resultInWords(answerQuestion(id, choiceId(wanted), "command", sessionFile)),
  );

/** `answer [ID] TEXT`, for questions that take an answer in words. */
export const answer: Subcommand = async (host, ctx, args) =>
  args.length === 0
    ? undefined
    : onQuestion(host, ctx, args, "answer", async (id, rest, { sessionFile }) => {
        const text = rest.join(" ").trim();
        return text === "" ? undefined : resultInWords(answerInWords(id, text, sessionFile));
      });

/** `deny [ID] [REASON]`; the reason reaches Codex as a steer, since its protocol has no room for one. */
export const deny: Subcommand = (host, ctx, args) =>
  onQuestion(host, ctx, args, "deny", async (id, rest, session) => {
    const result = answerQuestion(id, "deny", "command", session.sessionFile);
    const said = resultInWords(result);
    const reason = rest.join(" ").trim();
    if (reason === "" || result.kind !== "taken") return said;
    const told = await steerActiveTurn(session, [
      textInput(questionWords.denialReason(reason)),
    ]).catch(() => false);
    return told ? said : `${said}\n${questionWords.reasonLost}`;
  });

/** `show [ID]`: the whole of a question that was cut. */
export const show: Subcommand = (host, ctx, args) =>
  onQuestion(host, ctx, args, "show", async (id, rest, { sessionFile }) => {
    if (rest.length > 0) return undefined;
    const open = findQuestion(id, sessionFile);
    return open
      ? questionWords.full(open.question.title, open.question.details)
      : questionWords.notOpen;
  });

/** Finds the question that is meant: the one that is named, or the only one. */
function onQuestion(
  host: Parameters<Subcommand>[0],
  ctx: Parameters<Subcommand>[1],
  args: string[],
  verb: string,
  action: (id: string, rest: string[], session: Session) => Promise<string | undefined>,
): ReturnType<Subcommand> {
  return withSession(host, ctx, async (session) => {
    const [first = "", ...rest] = args;
    if (/^[0-9a-f]{8}$/.test(first)) return action(first, rest, session);
    const open = openQuestions(session.sessionFile);
    const [only] = open;
    if (only && open.length === 1) return action(only.id, args, session);
    return questionWords.which(
      open.map(({ id }) => id),
      verb,
    );
  });
}

function choiceId(wanted: string | undefined): string {
  if (wanted === undefined) return "once";
  if (/^\d+$/.test(wanted)) return `option-${Number(wanted) - 1}`;
  return wanted.toLowerCase();
}
