/** Whether each message has its one outcome, in order. */
import { surroundingsWords } from "../../src/words/surroundings-words.js";
import { addressOf, type Arrival, type Chat, type ChatAct, type Sent } from "./chat.js";
import { keyOf } from "./channel.js";
import { hasUnsolicited } from "./codex/fates.js";
import {
  chatOf,
  hadDiskTrouble,
  isDropped,
  isToldMissing,
  isUntellable,
  mayBeLost,
  outcomesOf,
  type Accuse,
} from "./judge-excuses.js";
import { answersIn, type Taken } from "./ledger.js";
import { pictureNamed } from "./pictures.js";
import { kindOf, saysBound } from "./texts.js";
import type { World } from "./world.js";

export function judgeMessages(world: World, chat: Chat, accuse: Accuse): void {
  judgeOrder(world, chat, accuse);
  for (const sent of chat.sent.values()) judgeMessage(world, chat, sent, accuse);
}

/** Messages that are the plugin's to answer, and are not answered. */
export function unanswered(world: World): Sent[] {
  return world.chats.flatMap((chat) =>
    [...chat.sent.values()].filter((sent) => {
      if (sent.acceptedAt === undefined || sent.unrouted) return false;
      if (outcomesOf(chat, sent).length > 0) return false;
      if (isDropped(world, sent) || mayBeLost(world, sent)) return false;
      if (isToldMissing(world, chat, sent) || isUntellable(world, chat, sent)) return false;
      // In the answer of another message's turn, or of a turn that was followed as nobody's.
      const texts = [...chat.arrivals.map(({ text }) => text), ...world.channel.refused];
      const inAnother = texts.some((text) =>
        answersIn(text).some(({ tags }) => tags.includes(sent.tag)),
      );
      return (
        !inAnother && !sharesAnOutcome(world, chat, sent) && !isToldElsewhere(world, chat, sent)
      );
    }),
  );
}

/** Its turn was followed as nobody's, as after a restart, so that how it ended was told where the chat was heard last. */
function isToldElsewhere(world: World, chat: Chat, { tag }: Sent): boolean {
  if (!hasUnsolicited(tag)) return false;
  const { taken, ends } = world.ledger;
  return taken.some((given) => {
    const end = ends.get(given.turnId);
    if (given.tag !== tag || !end || end.status === "completed") return false;
    return chat.arrivals.some(
      ({ at, text }) => at >= end.at - 1000 && ["interrupted", "failed"].includes(kindOf(text)),
    );
  });
}

/** It went into the turn of another message, which has an outcome. */
function sharesAnOutcome(world: World, chat: Chat, sent: Sent): boolean {
  const { ledger } = world;
  return ledger.taken
    .filter(({ tag, how }) => tag === sent.tag && how === "steer")
    .some(({ turnId }) => {
      const others = ledger.taken.filter(
        (taken) => taken.turnId === turnId && taken.how === "turn",
      );
      const isGoals = others.length === 0;
      return (
        isGoals ||
        others.some(({ tag }) => {
          const other = [...chat.sent.values()].find((one) => one.tag === tag);
          if (!other) return false;
          if (isDropped(world, other) || mayBeLost(world, other)) return true;
          if (isToldMissing(world, chat, other) || isUntellable(world, chat, other)) return true;
          return outcomesOf(chat, other).length > 0;
        })
      );
    });
}

/** Whatever stands before them; in the place of a text that the channel does not take, nobody can tell of which. */
const SAID_AT_ONCE = new Set<ReturnType<typeof kindOf>>(["queue full", "detached", "not shown"]);

/** Messages go into the turn that runs, and one that is lost on the way says so at once. */
function steersAtOnce({ options }: World): boolean {
  return options.plan.some((act) => act.do === "settings" && act.settings.whileRunning === "steer");
}

/** The outcomes of a chat's messages come in the order of the messages. */
function judgeOrder(world: World, chat: Chat, accuse: Accuse): void {
  const accepted = [...chat.sent.values()]
    .filter((sent) => sent.handedAt !== undefined)
    .toSorted((one, other) => one.number - other.number);
  let last: { at: number; tag: string } | undefined;
  for (const sent of accepted) {
    if (sent.resent || sent.steered || sent.unstored) continue;
    const first = firstOutcome(chat, sent);
    if (!first || SAID_AT_ONCE.has(first.kind)) continue;
    // Whether the running turn took it is not known, which is said at once.
    if (first.key.includes("Codex did not say whether it took this")) continue;
    if (first.kind === "failed" && steersAtOnce(world)) continue;
    // It may be about a turn that nobody here began.
    if (first.kind !== "answer" && hasUnsolicited(sent.tag)) continue;
    if (world.channel.doubtful.has(first.key)) continue;
    if (hadDiskTrouble(world, (sent.handedAt ?? 0) - 5000, first.at)) continue;
    if (last && first.at < last.at) {
      accuse("in order", sent.tag, `has its outcome before that of ${last.tag}`);
    }
    if (!last || first.at > last.at) last = { at: first.at, tag: sent.tag };
  }
}

function firstOutcome(
  chat: Chat,
  sent: Sent,
): { at: number; kind: ReturnType<typeof kindOf>; key: string } | undefined {
  const [first] = outcomesOf(chat, sent);
  if (!first) return undefined;
  const key = keyOf(addressOf(chat.number, sent.number), first.text);
  return { at: first.at, kind: kindOf(first.text), key };
}

function judgeMessage(world: World, chat: Chat, sent: Sent, accuse: Accuse): void {
  const taken = world.ledger.taken.filter(({ tag }) => tag === sent.tag);
  for (const given of taken) judgeGiven(world, sent, given, accuse);
  if (taken.length > 1) {
    const how = taken.map((one) => `${one.how} ${one.turnId}`).join(", ");
    if (!mayRunTwice(world, sent, taken))
      accuse("runs at most once", sent.tag, `was given to Codex: ${how}`);
  }
  const outcomes = outcomesOf(chat, sent);
  if (sent.dropped?.certain === true && isDropped(world, sent)) {
    const ended = world.ends.some(({ run }) => run === sent.dropped?.run);
    if (!ended && taken.length > 0) accuse("dropped is dropped", sent.tag, "was dropped, and ran");
    if (!ended && outcomes.length > 0) {
      accuse("dropped is dropped", sent.tag, `was dropped, and answered: ${outcomes[0]?.text}`);
    }
  }
  const kinds = new Set(outcomes.map(({ text }) => kindOf(text)));
  for (const beside of ["answer", "replaced thread", "not shown"] as const) kinds.delete(beside);
  // OpenClaw's own reply to the claim of a gateway that died over it; the next one was brought it again.
  if (sent.resent) kinds.delete("detached");
  const hasAnswer = outcomes.some(({ text }) => kindOf(text) === "answer");
  const lastAt = outcomes.at(-1)?.at ?? 0;
  const isCertain = !hasUnsolicited(sent.tag) && !hadDiskTrouble(world, sent.handedAt ?? 0, lastAt);
  if (isCertain && (kinds.size > 1 || (hasAnswer && kinds.size > 0))) {
    accuse("one outcome", sent.tag, outcomes.map(({ text }) => text).join(" / "));
  }
  if (!hasAnswer) judgeNotice(world, sent, outcomes, accuse);
  judgeBound(world, chat, sent, accuse);
}

/** A chat that was told that it is bound stays so until it leaves. */
function judgeBound(world: World, chat: Chat, sent: Sent, accuse: Accuse): void {
  const first = outcomesOf(chat, sent)[0];
  if (!first || kindOf(first.text) !== "no thread" || sent.handedAt === undefined) return;
  const { handedAt } = sent;
  const acts = chat.acts.filter(({ what, at }) => isBinding(what) && at <= first.at);
  const bound = acts.at(-1);
  if (
    bound?.told === undefined ||
    !saysBound(bound.told) ||
    (bound.endedAt ?? Infinity) > handedAt
  ) {
    return;
  }
  if (hadDiskTrouble(world, bound.at - 1000, first.at)) return;
  accuse("bound is bound", sent.tag, `was told: ${first.text}`);
}

function isBinding(what: ChatAct["what"]): boolean {
  return what === "bind" || what === "detach";
}

/**
 * What lived in memory only is brought again by the channel, or run again. So is one of which the disk took no note that it
 * was given to Codex, until the gateway ended: it is tried again every second.
 */
function mayRunTwice(world: World, sent: Sent, [first]: readonly Taken[]): boolean {
  const handedAt = sent.handedAt ?? 0;
  const storedBy = (sent.acceptedAt ?? handedAt + 60_000) + 1000;
  if (hadDiskTrouble(world, handedAt, storedBy)) return true;
  const givenAt = first?.at ?? 0;
  return world.ends.some(
    ({ at }) =>
      at >= givenAt && hadDiskTrouble(world, Math.max(givenAt - 5000, at - NOTED_AGAIN_MS), at),
  );
}

/** With the time that a slow disk takes. */
const NOTED_AGAIN_MS = 5000;

/** A message of which nothing went wrong is answered. */
function judgeNotice(world: World, sent: Sent, outcomes: readonly Arrival[], accuse: Accuse): void {
  const [first] = outcomes;
  if (!first || sent.handedAt === undefined) return;
  const kind = kindOf(first.text);
  if (kind !== "failed" && kind !== "cut off" && kind !== "interrupted") return;
  const from = sent.handedAt;
  const isIn = ({ at }: { at: number }): boolean => at >= from - 1000 && at <= first.at;
  const chat = chatOf(world, sent.tag);
  const explained =
    world.ledger.troubles.some(isIn) ||
    world.ledger.diskTroubles.some(isIn) ||
    world.ends.some(isIn) ||
    world.reloads.some((at) => isIn({ at })) ||
    chat?.acts.some(isIn) === true;
  if (!explained) accuse("no failure without a cause", sent.tag, first.text);
}

/** Codex learns who speaks in a group, and gets the message's own picture. */
function judgeGiven(world: World, sent: Sent, { said, pictures }: Taken, accuse: Accuse): void {
  const { speaker, picture, tag, number } = sent;
  if (speaker !== undefined && !said.includes(surroundingsWords.speaker(speaker, undefined))) {
    accuse("who speaks", tag, `was given to Codex as: ${said}`);
  }
  if (hadDiskTrouble(world, sent.handedAt ?? 0, world.scheduler.now)) return;
  const data = `data:image/png;base64,${pictureNamed(number).toString("base64")}`;
  const own = picture === undefined ? [] : [world.computer.shared ? data : picture];
  if (pictures.join() !== own.join()) {
    accuse("with its own picture", tag, `was given to Codex with ${pictures.join() || "none"}`);
  }
}
