/**
 * A card: a short message with buttons that shows one thing of a chat, and changes in place. What it shows is a view; what
 * a button does is plain data, so that a card can be compared with the one before it.
 */
import type { SubcommandName } from "../words/command-list.js";

/** What a card can show. Pages count from 0. */
export type View =
  | {
      name: "home" | "more" | "permissions" | "goal" | "steer" | "detach" | "undo" | "diff";
    }
  /** `server`: by its name; absent, the chat's own. */
  | { name: "threads" | "folders"; page: number; server?: string | undefined }
  /** Which server to look at next, if there are several. */
  | { name: "servers"; for: "threads" | "folders" }
  | { name: "models" | "queue" | "skills" | "commands"; page: number }
  | { name: "efforts"; model: string }
  /** `path` counts from the thread's folder. */
  | { name: "files"; path: string; page: number };

export const HOME: View = { name: "home" };

/** What was the case when a button was shown, as far as the button depends on it. */
export type Shown = {
  /** The chat's thread; undefined if it had none. */
  threadId: string | undefined;
  /** The turn that ran. */
  turnId?: string | undefined;
  /** The message that waited, by its id: its number is given to another one later. */
  waiting?: string | undefined;
};

export type Action =
  | { kind: "go"; view: View }
  | {
      kind: "run";
      command: SubcommandName;
      args: readonly string[];
      /** Pressed after that has changed, the button does nothing. */
      shown: Shown;
      /** What the card shows afterwards. */
      next: View;
      /** Where the command's answer goes: into the card, or into the chat as a message. */
      answer: "card" | "chat";
    }
  /** The person's next message goes into this turn, or is asked beside it. */
  | { kind: "next message"; as: "steer" | "side"; shown: Shown };

export type CardButton = { label: string; action: Action };

export type Card = { text: string; rows: readonly (readonly CardButton[])[] };

export function go(label: string, view: View): CardButton {
  return { label, action: { kind: "go", view } };
}

/** Items of one page, with the buttons that lead to the others. */
export function pageOf<T>(
  all: readonly T[],
  wanted: number,
  size: number,
): { items: readonly T[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(all.length / size));
  // Items can have gone since the button was shown.
  const page = Math.min(Math.max(0, wanted), pages - 1);
  return { items: all.slice(page * size, (page + 1) * size), page, pages };
}
