/** A message on its way to a turn: what it is, what its turn did, whether it was stopped. */
import { withFetchedPictures } from "../chat/remote-pictures.js";
import { withOtherWords, type CodexUserInput } from "../chat/turn-input.js";
import { createTurnAttempt, type TurnAttempt } from "../thread/active-turns.js";
import { CodexTurnInterruptedError } from "../thread/turn-collector.js";
import { createTurnWork, reviewsOf, type TurnWork } from "../thread/turn-work.js";
import type { UnfinishedTurn } from "../words/words.js";
import type { MessageToAnswer } from "./answer.js";

/** What is known of a message's turn from outside of it, be it to end well or not. */
export type Attempt = TurnAttempt & {
  work: TurnWork;
  /** The turn of another that it went into. */
  joined: { turnId: string | undefined };
  /** The input with its linked pictures, got once: a link can be of use for a short time only. Never rejects. */
  input: (this: void) => Promise<CodexUserInput[]>;
  /** The words of the input are these from now on; returns the input as it is then. */
  changeWords: (this: void, words: string) => CodexUserInput[];
};

export function newAttempt({
  data,
  input: given,
}: Pick<MessageToAnswer, "data" | "input">): Attempt {
  const attempt = createTurnAttempt(data.sessionFile);
  let input = given;
  let fetched: Promise<CodexUserInput[]> | undefined;
  return {
    ...attempt,
    work: createTurnWork(),
    joined: { turnId: undefined },
    input: () => (fetched ??= withFetchedPictures(input, { signal: attempt.stopped })),
    changeWords: (words) => {
      input = withOtherWords(input, words);
      // The pictures that were got are kept.
      fetched = fetched?.then((got) => withOtherWords(got, words));
      return input;
    },
  };
}

export function unfinished({ stopped, work }: Attempt, error: Error): UnfinishedTurn {
  return {
    ...reviewsOf(work, stopped),
    stopped: stopped.aborted,
    done: work.done(),
    partialText: error instanceof CodexTurnInterruptedError ? error.partialText : "",
  };
}
