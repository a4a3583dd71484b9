/** What is known of a message's way that spares it something: who dropped it, what the disk did, where it went. */
import { addressOf, type Arrival, type Chat, type Sent } from "./chat.js";
import { keyOf } from "./channel.js";
import { answersIn } from "./ledger.js";
import { kindOf, saysMayBeMissing } from "./texts.js";
import type { World } from "./world.js";

export type Accuse = (rule: string, about: string, what: string) => void;

/** How far something has come may not have been noted. */
export function hadDiskTrouble({ ledger }: World, from: number, to: number): boolean {
  return ledger.diskTroubles.some(({ at }) => at >= from && at <= to);
}

export function outcomesOf(chat: Chat, sent: Sent): Arrival[] {
  return chat.arrivals.filter(({ number, text }) => {
    if (number !== sent.number || ["aside", "file"].includes(kindOf(text))) return false;
    // What nobody asked for goes where the chat was heard last.
    const answers = answersIn(text);
    return answers.length === 0 || answers.some(({ tags }) => tags.includes(sent.tag));
  });
}

/** Taken out of the line for good, or perhaps: a kill undoes what was not on disk yet. */
export function isDropped(world: World, { dropped }: Sent): boolean {
  if (!dropped) return false;
  if (!dropped.certain) return true;
  // The run that dropped it ended before its file went: then it may be run after all.
  const end = world.ends.find(({ run }) => run === dropped.run);
  return !end || end.at > dropped.at;
}

/** On a disk that takes nothing it lives in memory only, and the gateway ended before it was answered. */
export function mayBeLost(world: World, sent: Sent): boolean {
  const accepted = sent.acceptedAt ?? Infinity;
  return (
    world.ledger.diskTroubles.some(({ at }) => at >= (sent.handedAt ?? 0) && at <= accepted) &&
    world.ends.some(({ at }) => at >= accepted)
  );
}

/** Its outcome was sent twice, and nobody knows whether it arrived, which the chat was told if the channel took that. */
export function isToldMissing({ channel }: World, chat: Chat, { number }: Sent): boolean {
  const to = `${addressOf(chat.number, number)} `;
  return (
    chat.arrivals.some((arrival) => arrival.number === number && saysMayBeMissing(arrival.text)) ||
    [...channel.refused].some((key) => key.startsWith(to) && saysMayBeMissing(key.slice(to.length)))
  );
}

/** The channel took neither its outcome nor the words that stand in the place of that. */
export function isUntellable({ channel }: World, chat: Chat, { number }: Sent): boolean {
  const to = `${addressOf(chat.number, number)} `;
  return [...channel.refused].some(
    (key) => key.startsWith(to) && kindOf(key.slice(to.length)) === "not shown",
  );
}

export function chatOf(world: World, tag: string | undefined): Chat | undefined {
  return world.chats[Number(/^c(\d+)/.exec(tag ?? "")?.[1]) - 1];
}

/** Nobody could know whether it had arrived. */
export function isDoubtful(world: World, chat: Chat, { number, text }: Arrival): boolean {
  return world.channel.doubtful.has(keyOf(addressOf(chat.number, number), text));
}
