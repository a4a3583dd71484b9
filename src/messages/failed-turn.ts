/** What a chat is asked after a failed turn: what becomes of the messages that wait, and of a limit that is used up. */
import { choice, inquiryOf, option, type CodexInquiry } from "../questions/question.js";
import { holdWords } from "../words/hold-words.js";

export type AfterFailure = "resume" | "run" | "drop" | "leave";

/** `resetsAt`: when the used-up limit begins anew, if it is known. */
export function failedTurnInquiry(facts: {
  waiting: number;
  resetsAt: number | undefined;
  now: number;
}): CodexInquiry {
  const { waiting, resetsAt, now } = facts;
  const all: [string, AfterFailure][] = [
    ...(resetsAt === undefined ? [] : [[holdWords.goOnAt(resetsAt, now), "resume"] as const]),
    ...(waiting === 0
      ? []
      : [[holdWords.run(waiting), "run"] as const, [holdWords.drop(waiting), "drop"] as const]),
  ].map(([label, result]) => [label, result]);
  const label = waiting === 0 ? holdWords.no : holdWords.leave;
  const outcome = waiting === 0 ? holdWords.no : holdWords.left;
  const refusal = { ...choice("deny", "leave"), label, outcome };
  return asking(
    waiting === 0 ? holdWords.askLimit : holdWords.ask(waiting),
    all.map(([text, result], index) => option(index, text, result)),
    refusal,
  );
}

/** Stands in the chat until the thread continues. */
export function resumeInquiry(at: number, now: number): CodexInquiry {
  const refusal = {
    ...choice("deny", "cancel"),
    label: holdWords.cancel,
    outcome: holdWords.cancelled,
  };
  return asking(holdWords.goesOnAt(at, now), [option(0, holdWords.goOnNow, "now")], refusal);
}

export function afterFailure(answer: unknown): AfterFailure {
  return answer === "resume" || answer === "run" || answer === "drop" ? answer : "leave";
}

function asking(
  title: string,
  choices: ReturnType<typeof option>[],
  refusal: ReturnType<typeof option>,
): CodexInquiry {
  return inquiryOf({
    kind: "input",
    title,
    grant: [],
    facts: [],
    choices,
    refusal,
    ifUnanswered: holdWords.unanswered,
  });
}
