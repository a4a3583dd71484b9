/** What people do with the plugin's cards: they open one, and press what stands on its buttons, however old that is by then. */
import { cardWords } from "../../src/words/card-words.js";
import { Seeded } from "../support/seeded.js";
import type { Arrival, Button, Chat, ChatAct } from "./chat.js";

const VALUE = /^codexcard:/;

/** Buttons that lead to another view of the card, and those of which it is known what they do. */
const VIEWS: readonly RegExp[] = [
  /^Queue \(\d+\)$/,
  ...[cardWords.more, cardWords.goal, cardWords.permissions, cardWords.back].map(exactly),
];
const DOINGS: readonly { label: RegExp; what?: ChatAct["what"] }[] = [
  { label: exactly(cardWords.stop), what: "stop" },
  { label: exactly(cardWords.goalPause), what: "goal pause" },
  { label: exactly(cardWords.goalResume), what: "goal" },
  { label: exactly(cardWords.goalClear), what: "goal clear" },
  { label: exactly(cardWords.go) },
  { label: /^Drop \d+$/ },
];

export type Press = {
  card: Arrival;
  button: Button;
  what: ChatAct["what"] | undefined;
  /** The tag of the message that it drops, as the card shows it. */
  drops: string | undefined;
};

export function isCard({ buttons }: Pick<Arrival, "buttons">): boolean {
  return buttons.some(({ value }) => VALUE.test(value));
}

/** How often somebody presses a button of a card that was opened. */
export function pressesOf(seed: number, chat: Chat): { random: Seeded; times: number } {
  const random = new Seeded(seed, "card", chat.number, chat.arrivals.filter(isCard).length);
  return { random, times: random.int(1, 5) };
}

/** One of the buttons that stand on the chat's newest card, or on an older one. */
export function pressOn(chat: Chat, random: Seeded): Press | undefined {
  const cards = chat.arrivals.filter(isCard);
  const card = random.chance(0.2) && cards.length > 0 ? random.pick(cards) : cards.at(-1);
  const known = card?.buttons.filter(({ label }) =>
    [...VIEWS, ...DOINGS.map((doing) => doing.label)].some((one) => one.test(label)),
  );
  if (!card || !known || known.length === 0) return undefined;
  // On a way to the queue as well as on it.
  const doings = known.filter(({ label }) => DOINGS.some((doing) => doing.label.test(label)));
  const button = random.pick(doings.length > 0 && random.chance(0.6) ? doings : known);
  const what = DOINGS.find(({ label }) => label.test(button.label))?.what;
  const number = /^Drop (\d+)$/.exec(button.label)?.[1];
  const shown = card.changes.at(-1) ?? card.text;
  const drops =
    number === undefined
      ? undefined
      : new RegExp(`^${number}\\. (c\\d+/m\\d+) `, "m").exec(shown)?.[1];
  return { card, button, what, drops };
}

function exactly(label: string): RegExp {
  return new RegExp(`^${label.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}
