/**
 * The choices of cards where there are no buttons: the person names one by its number. A list is its person's, and goes with
 * the next thing that this person says. Hangs on globalThis, as the cards do.
 */
import { monotonicMs } from "../common/clock.js";
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";
import type { Action, Card } from "./card.js";

/** Whoever types a number later has something else in mind. */
const OPEN_FOR_MS = 10 * 60_000;
const REMEMBERED = 200;

export type OpenList = {
  cardId: string;
  senderId: string;
  actions: readonly Action[];
  /** By the forward clock. */
  shownAt: number;
};

const lists = processWide("card-lists", () => new Map<string, OpenList>());

/** The labels in the order of their numbers. */
export function openList(
  sessionFile: string,
  { cardId, senderId }: { cardId: string; senderId: string | undefined },
  { rows }: Card,
): string[] {
  const buttons = rows.flat();
  const actions = buttons.map(({ action }) => action);
  lists.delete(sessionFile);
  lists.set(sessionFile, { cardId, senderId: senderId ?? "", actions, shownAt: monotonicMs() });
  keepNewest(lists, REMEMBERED);
  return buttons.map(({ label }) => label);
}

/** The list that the sender has before their eyes. */
export function listOf(sessionFile: string, senderId: string | undefined): OpenList | undefined {
  const list = lists.get(sessionFile);
  if (!list || list.senderId !== (senderId ?? "")) return undefined;
  if (monotonicMs() - list.shownAt <= OPEN_FOR_MS) return list;
  lists.delete(sessionFile);
  return undefined;
}

export function closeList(sessionFile: string): void {
  lists.delete(sessionFile);
}
