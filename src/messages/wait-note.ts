/** The note that a message waits, with the button that gives it to the running turn, until the message has left the line. */
import type { ChatNote } from "../chat/note.js";
import { queueWords } from "../words/queue-words.js";
import { forgetWaitingButtons } from "./waiting-buttons.js";

/** A wait that is over sooner is not worth a word. */
const NOTE_AFTER_MS = 5000;
/** A turn that is over sooner has its answer in the chat, which says more; and a chat takes one message a second. */
const CHANGE_AFTER_MS = 4000;
/** More of them tell nothing new; in a group they use up what its channel takes in a minute. */
const MAX_STANDING = 2;

/** How many of them stand in each session's chat. */
const standing = new Map<string, number>();

export type WaitNote = {
  /** The message stands in line behind `ahead` others. */
  waits(ahead: number): void;
  /** It is the first of its line, and waits for a place among the turns that may run at once. */
  waitsForPlace(): void;
  /** Its turn runs. */
  runs(): void;
  /** It has left the line, for whatever reason. */
  end(): void;
  /** Nothing more is said. */
  dispose(): void;
};

/** `send` says behind how many it waits, gives undefined where the chat cannot be reached, and must not reject. */
type Send = (ahead: number) => Promise<ChatNote | undefined>;

/** `id` is the message's in the queue; `placeWords` says what it waits for if that is a place. */
export function createWaitNote(
  { sessionFile, id }: { sessionFile: string; id: string },
  send: Send,
  placeWords: () => string | undefined,
): WaitNote {
  let timer: NodeJS.Timeout | undefined;
  let note: Promise<ChatNote | undefined> | undefined;

  function after(ms: number, action: () => void): void {
    clearTimeout(timer);
    timer = setTimeout(action, ms);
    timer.unref();
  }

  function show(ahead: number): void {
    const others = standing.get(sessionFile) ?? 0;
    if (others >= MAX_STANDING) return;
    standing.set(sessionFile, others + 1);
    note = send(ahead);
  }

  /** The button below it must not promise what is over. */
  function change(text: string): void {
    const last = note;
    if (!last) return;
    after(CHANGE_AFTER_MS, () => {
      note = undefined;
      leave();
      void last.then((shown) => shown?.edit(text));
    });
  }

  function leave(): void {
    const others = (standing.get(sessionFile) ?? 1) - 1;
    if (others === 0) standing.delete(sessionFile);
    else standing.set(sessionFile, others);
  }

  return {
    waits: (ahead) => after(NOTE_AFTER_MS, () => show(ahead)),
    waitsForPlace: () =>
      after(NOTE_AFTER_MS, () => {
        const text = placeWords();
        if (text === undefined) return;
        if (note) void note.then((shown) => shown?.edit(text));
        else show(0);
      }),
    runs() {
      clearTimeout(timer);
      forgetWaitingButtons(id);
      change(queueWords.runsNow);
    },
    end() {
      clearTimeout(timer);
      forgetWaitingButtons(id);
      change(queueWords.waitsNoMore);
    },
    dispose() {
      clearTimeout(timer);
      if (note) leave();
      note = undefined;
    },
  };
}
