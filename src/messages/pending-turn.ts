/** A message on its way to a turn: what it is, what its turn did, whether it was stopped. */
import { withFetchedPictures } from "../chat/remote-pictures.js";
import { withOtherWords, type CodexUserInput } from "../chat/turn-input.js";
import { createStoppableTurn, type StoppableTurn } from "../thread/active-turns.js";
import { CodexTurnInterruptedError } from "../thread/turn-collector.js";
import { createTurnWork, reviewsOf, type TurnWork } from "../thread/turn-work.js";
import type { UnfinishedTurn } from "../words/turn-words.js";
import type { MessageToAnswer } from "./answer.js";

/** What is known of a message's turn from outside of it, be it to end well or not. */
export type PendingTurn = StoppableTurn & {
  work: TurnWork;
  /** The turn of another that it went into. */
  joined: { turnId: string | undefined };
  /** The input with its linked pictures, got once: a link can be of use for a short time only. Never rejects. */
  input: (this: void) => Promise<CodexUserInput[]>;
  /** The words of the input are these from now on; returns the input as it is then. */
  changeWords: (this: void, words: string) => CodexUserInput[];
};

export function newPendingTurn({
  data,
  input: given,
}: Pick<MessageToAnswer, "data" | "input">): PendingTurn {
  const stoppable = createStoppableTurn(data.sessionFile);
  let input = given;
  let fetched: Promise<CodexUserInput[]> | undefined;
  return {
    ...stoppable,
    work: createTurnWork(),
    joined: { turnId: undefined },
    input: () => (fetched ??= withFetchedPictures(input, { signal: stoppable.stopped })),
    changeWords: (words) => {
      input = withOtherWords(input, words);
      // The pictures that were got are kept.
      fetched = fetched?.then((got) => withOtherWords(got, words));
      return input;
    },
  };
}

export function unfinished({ stopped, work }: PendingTurn, error: Error): UnfinishedTurn {
  return {
    ...reviewsOf(work, stopped),
    stopped: stopped.aborted,
    done: work.done(),
    partialText: error instanceof CodexTurnInterruptedError ? error.partialText : "",
  };
}
