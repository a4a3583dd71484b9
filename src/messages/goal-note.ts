/** The note in a chat that stands for a long run of a goal's answers: one message that changes. */
import type { ChatNote } from "../chat/note.js";
import type { Goal } from "../thread/goal.js";
import { goalWords } from "../words/goal-words.js";
import type { Answer } from "../thread/answers.js";
import type { GoalRun } from "./goal-store.js";

export type EndedTurn = { turnId: string; said: string; answers: Answer[]; failed: boolean };

type Shown = {
  note: ChatNote | undefined;
  /** The last answer that is in the note only. */
  folded: EndedTurn | undefined;
};

export class GoalNotes {
  readonly #sendNote: (sessionFile: string, text: string) => Promise<ChatNote | undefined>;
  readonly #shown = new Map<string, Shown>();

  /** `sendNote` is undefined if the chat cannot be reached, and must not reject. */
  constructor(sendNote: (sessionFile: string, text: string) => Promise<ChatNote | undefined>) {
    this.#sendNote = sendNote;
  }

  /** Shows an answer in the note, in the place of the one before it. */
  async fold(sessionFile: string, run: GoalRun, goal: Goal, ended: EndedTurn): Promise<void> {
    const shown = this.#shown.get(sessionFile) ?? { note: undefined, folded: undefined };
    this.#shown.set(sessionFile, shown);
    shown.folded = ended;
    const text = goalWords.running({
      objective: run.objective,
      turns: run.turns,
      ageMs: Date.now() - goal.createdAt * 1000,
      tokens: goal.tokensUsed,
      said: ended.said,
    });
    if (await shown.note?.edit(text)) return;
    shown.note = await this.#sendNote(sessionFile, text);
  }

  /** A later answer comes whole. */
  unfold(sessionFile: string): void {
    const shown = this.#shown.get(sessionFile);
    if (shown) shown.folded = undefined;
  }

  /** Leaves the note as it is; the next run of answers gets another. Returns the answer that is in the note only. */
  end(sessionFile: string): EndedTurn | undefined {
    const folded = this.#shown.get(sessionFile)?.folded;
    this.#shown.delete(sessionFile);
    return folded;
  }
}
