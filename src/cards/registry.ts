/**
 * The cards that stand in the chats: what each shows, and what its buttons do. Bounded, and forgotten a day after its last
 * use. Hangs on globalThis: after a reload the fresh copy takes the clicks on cards that the old copy has shown.
 */
import type { ChatButton } from "../chat/buttons.js";
import type { ReplyAddress } from "../chat/delivery.js";
import type { ButtonRow, ChatNote } from "../chat/note.js";
import type { SaidByCodex } from "../commands/chat-facts.js";
import { monotonicMs } from "../common/clock.js";
import { oneAtATime } from "../common/one-at-a-time.js";
import { processWide } from "../common/process-wide.js";
import { unguessableId } from "../common/unguessable-id.js";
import type { CommandContext } from "../host/plugin-host.js";
import type { Action, Card, View } from "./card.js";

/** Telegram takes 64 bytes with a click, of which the host needs twelve. */
export const NAMESPACE = "codexcard";

const REMEMBERED = 300;
const FORGOTTEN_AFTER_MS = 24 * 60 * 60_000;
/** A button of a card that has shown as many since is out of date. */
const ACTIONS_OF_A_CARD = 120;

/** How the command that showed the card named its chat: a click names less. */
export type CardPlace = Pick<
  CommandContext,
  "channel" | "accountId" | "from" | "to" | "messageThreadId"
>;

export type LiveCard = {
  /** 128 bits of chance: it is what a button carries. */
  readonly id: string;
  sessionFile: string;
  readonly place: CardPlace;
  readonly address: ReplyAddress;
  view: View;
  /** What its buttons do, by the number that each carries. */
  readonly actions: Map<number, Action>;
  numbers: number;
  /** The message that it is; unknown until it is clicked where the host has sent it. */
  note: ChatNote | undefined;
  /** What stands in the chat. */
  drawn: string;
  /** What the last press came to. */
  result: { text: string; at: number } | undefined;
  /** What Codex said when the card was last opened; asked again then only. */
  said: SaidByCodex | undefined;
  usedAt: number;
  changedAt: number;
};

type Cards = {
  byId: Map<string, LiveCard>;
  /** The card of each chat that was used last: it follows what happens. */
  latest: Map<string, string>;
  inOrder: ReturnType<typeof oneAtATime>;
};

const cards = processWide("cards", (): Cards => ({
  byId: new Map(),
  latest: new Map(),
  inOrder: oneAtATime(),
}));

export function addCard(
  given: Pick<LiveCard, "sessionFile" | "place" | "address" | "view" | "said">,
): LiveCard {
  const now = monotonicMs();
  const card: LiveCard = {
    ...given,
    id: unguessableId(),
    actions: new Map(),
    numbers: 0,
    note: undefined,
    drawn: "",
    result: undefined,
    usedAt: now,
    changedAt: now,
  };
  cards.byId.set(card.id, card);
  for (const other of cards.byId.values()) {
    const isOld = now - other.usedAt > FORGOTTEN_AFTER_MS;
    if (isOld || cards.byId.size > REMEMBERED) dropCard(other);
    else break;
  }
  return card;
}

/** Its buttons are unknown from now on. */
export function dropCard(card: LiveCard): void {
  cards.byId.delete(card.id);
  if (cards.latest.get(card.sessionFile) === card.id) cards.latest.delete(card.sessionFile);
}

export function findCard(id: string): LiveCard | undefined {
  const card = cards.byId.get(id);
  return card && monotonicMs() - card.usedAt <= FORGOTTEN_AFTER_MS ? card : undefined;
}

/** The card that the chat has before its eyes. */
export function latestCard(sessionFile: string): LiveCard | undefined {
  return findCard(cards.latest.get(sessionFile) ?? "");
}

/** It was shown or pressed; the one used longest ago is the first to be forgotten. */
export function noteUse(card: LiveCard): void {
  card.usedAt = monotonicMs();
  cards.byId.delete(card.id);
  cards.byId.set(card.id, card);
  cards.latest.set(card.sessionFile, card.id);
}

/** One thing at a time with a card. */
export function withCard<T>(card: LiveCard, action: () => Promise<T>): Promise<T> {
  return cards.inOrder(card.id, action);
}

/** A card's buttons as they go into the chat. One that does what an earlier one did keeps its number. */
export function buttonsOf(card: LiveCard, { rows }: Card): ButtonRow[] {
  const known = new Map(
    [...card.actions].map(([number, action]) => [JSON.stringify(action), number]),
  );
  const shown = rows.map((row) =>
    row.map(({ label, action }): ChatButton => {
      const number = known.get(JSON.stringify(action)) ?? (card.numbers += 1);
      // The ones that are shown are the last to be forgotten.
      card.actions.delete(number);
      card.actions.set(number, action);
      return { label, value: `${NAMESPACE}:${card.id}:${number}` };
    }),
  );
  for (const number of card.actions.keys()) {
    if (card.actions.size <= ACTIONS_OF_A_CARD) break;
    card.actions.delete(number);
  }
  return shown;
}
