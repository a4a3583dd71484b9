/** `/codexchat approve`, `deny`, `answer` and `show`: answers what Codex asks by typing. */
import { steerActiveTurn } from "../messages/control.js";
import { textInput } from "../chat/turn-input.js";
import { isOwner } from "../host/owners.js";
import { currentHostConfig, type CommandContext } from "../host/plugin-host.js";
import {
  answerInWords,
  answerQuestion,
  findQuestion,
  isQuestionHandle,
  meantQuestion,
  openQuestions,
  questionIdOf,
  showWholeQuestion,
  type Answerer,
} from "../questions/board.js";
import { pause } from "../common/pause.js";
import { asQuestion, firstVersionQuestion, typeFirstVersion } from "../questions/first-version.js";
import { resultInWords } from "../questions/result-words.js";
import { wayToShow, wholeText } from "../words/question-text.js";
import { questionWords } from "../words/question-words.js";
import { allowNewestDenial } from "./denials.js";
import { withSession, type Session, type Subcommand } from "./subcommand.js";

/** Codex and the person wait so long for a reason to be taken; it takes milliseconds. */
const REASON_WITHIN_MS = 5000;

/** `approve [ID] [always | rule | NUMBER]`, or `approve denied` for what Codex's reviewer did not allow; the id may be left out where the chat has one question before its eyes. */
export const approve: Subcommand = (host, ctx, _args, text) =>
  text.trim().toLowerCase() === "denied"
    ? withSession(host, ctx, (session) => allowNewestDenial(host, ctx, session))
    : onQuestion(host, ctx, { verb: "approve", text }, async (id, rest, { sessionFile }) => {
        const choice = choiceId(rest.split(/\s+/, 1)[0]);
        const typed = typedBy(ctx);
        const isOwners = choice === "rule" && isOwner(currentHostConfig(host), ctx);
        const answerer = isOwners ? ({ ...typed, by: "operator" } as const) : typed;
        return resultInWords(answerQuestion(id, choice, answerer, { sessionFile }));
      });

/** `answer [ID] TEXT`, for questions that take an answer in words, which is given as it was typed. */
export const answer: Subcommand = async (host, ctx, _args, text) =>
  text === ""
    ? undefined
    : onQuestion(host, ctx, { verb: "answer", text }, async (id, words, { sessionFile }) =>
        words === ""
          ? undefined
          : resultInWords(answerInWords(id, words, typedBy(ctx), { sessionFile })),
      );

/**
 * `deny [ID] [REASON]`; the reason reaches Codex as a steer, since its protocol has no room for one, and before the
 * refusal does, with which a turn can end.
 */
export const deny: Subcommand = (host, ctx, _args, text) =>
  onQuestion(host, ctx, { verb: "deny", text }, async (id, reason, session) => {
    const told = Promise.withResolvers<void>();
    const before = reason === "" ? undefined : told.promise;
    const { sessionFile } = session;
    const result = answerQuestion(id, "deny", typedBy(ctx), { sessionFile }, before);
    const said = resultInWords(result);
    if (reason === "" || result.kind !== "taken") return said;
    const steer = steerActiveTurn(session, [textInput(questionWords.denialReason(reason))]);
    let isTold = false;
    const noted = steer.then(
      (taken) => void (isTold = taken),
      () => {},
    );
    await pause(REASON_WITHIN_MS, noted);
    told.resolve();
    return isTold ? said : `${said}\n${questionWords.reasonLost}`;
  });

/** `show [ID]`: the whole of a question that was cut. */
export const show: Subcommand = (host, ctx, _args, text) =>
  onQuestion(host, ctx, { verb: "show", text }, async (id, rest, { sessionFile }) => {
    if (rest !== "") return undefined;
    const open = findQuestion(id, sessionFile);
    if (!open) return questionWords.notOpen;
    if (wayToShow(open.question) === "messages") return wholeText(open.question);
    await showWholeQuestion(id, { sessionFile });
    return questionWords.followsAsFile;
  });

/** Finds the question that is meant, the one that is named or the one that was shown, and what was typed beside its name. */
function onQuestion(
  host: Parameters<Subcommand>[0],
  ctx: CommandContext,
  { verb, text }: { verb: string; text: string },
  action: (id: string, rest: string, session: Session) => Promise<string | undefined>,
): ReturnType<Subcommand> {
  return withSession(host, ctx, async (session) => {
    const { sessionFile } = session;
    const [first = ""] = text.split(/\s+/, 1);
    const named = firstVersionQuestion(sessionFile, first.toLowerCase());
    if (named?.id === first.toLowerCase()) {
      return onEarlier(named, verb, text.slice(first.length).trim());
    }
    if (isQuestionHandle(first.toLowerCase())) {
      const id = questionIdOf(first.toLowerCase(), sessionFile);
      return action(id ?? first, text.slice(first.length).trim(), session);
    }
    const meant = await meantQuestion(sessionFile, ctx);
    if (meant) return action(meant.id, text, session);
    const earlier = firstVersionQuestion(sessionFile, "");
    if (earlier && openQuestions(sessionFile).length === 0) return onEarlier(earlier, verb, text);
    return questionWords.which(openQuestions(sessionFile), verb);
  });
}

/** The same on a question of version 0.1.0, which takes no reason. */
function onEarlier(
  earlier: NonNullable<ReturnType<typeof firstVersionQuestion>>,
  verb: string,
  rest: string,
): string | undefined {
  switch (verb) {
    case "show":
      return wholeText(asQuestion(earlier.question));
    case "answer":
      return rest === "" ? undefined : resultInWords(typeFirstVersion(earlier, { text: rest }));
    case "deny":
      return resultInWords(typeFirstVersion(earlier, { choiceId: "deny" }));
    default: {
      const [wanted] = rest.split(/\s+/, 1);
      return resultInWords(typeFirstVersion(earlier, { choiceId: choiceId(wanted) }));
    }
  }
}

function typedBy({ channel, senderId }: CommandContext): Answerer {
  return { by: "command", channel, senderId };
}

function choiceId(wanted: string | undefined): string {
  if (!wanted) return "once";
  if (/^\d+$/.test(wanted)) return `option-${Number(wanted) - 1}`;
  return wanted.toLowerCase();
}
