/**
 * Whether what the chats were shown is what they may have been shown. It knows what really happened: what people sent,
 * what Codex took and said, what the channel took, and what befell the machine.
 */
import { hasUnsolicited } from "./codex/fates.js";
import { unsolicitedWords } from "../../src/words/unsolicited-words.js";
import { tagsIn } from "../chaos/tags.js";
import { addressOf, type Arrival, type Chat, type Sent } from "./chat.js";
import { keyOf } from "./channel.js";
import { judgeQuestions } from "./judge-questions.js";
import { answersIn, type Final } from "./ledger.js";
import { STATE_DIR } from "./machine.js";
import { kindOf, saysMayBeMissing } from "./texts.js";
import type { World } from "./world.js";

export type Violation = { rule: string; about: string; what: string };

/** Whether everything has come to its end. */
export function isSettled(world: World): boolean {
  return (
    filesLeft(world).length === 0 &&
    world.chats.every((chat) =>
      [...chat.sent.values()].every((sent) => sent.acceptedAt !== undefined),
    ) &&
    unanswered(world).length === 0
  );
}

export function judge(world: World): Violation[] {
  const violations: Violation[] = world.ledger.failures.map((what) => ({
    rule: "nothing breaks",
    about: "",
    what,
  }));
  const accuse = (rule: string, about: string, what: string): void =>
    void violations.push({ rule, about, what });
  for (const file of filesLeft(world)) accuse("nothing is left on disk", "", file);
  for (const chat of world.chats) {
    judgeIsolation(chat, accuse);
    judgeRepeats(world, chat, accuse);
    judgeOrder(world, chat, accuse);
    for (const sent of chat.sent.values()) judgeMessage(world, chat, sent, accuse);
  }
  for (const final of world.ledger.finals.values()) judgeFinal(world, final, accuse);
  for (const { tag } of unanswered(world)) accuse("each message has an outcome", tag, "has none");
  judgeQuestions(world, accuse);
  return violations;
}

export type Accuse = (rule: string, about: string, what: string) => void;

function filesLeft({ machine }: World): string[] {
  return machine.disk
    .files(STATE_DIR)
    .filter((file) => /\.(?:in|out)box\/.*\.json$|\.tmp$|\.unreadable/.test(file));
}

function judgeIsolation(chat: Chat, accuse: Accuse): void {
  const own = `c${chat.number}/`;
  for (const { text, changes, number } of chat.arrivals) {
    const foreign = [text, ...changes].flatMap(tagsIn).filter((tag) => !tag.startsWith(own));
    if (foreign.length > 0) {
      accuse("nothing of another chat", `c${chat.number}/m${number}`, `shows ${foreign.join()}`);
    }
    if (kindOf(text) === "unknown") {
      accuse("texts are known", `c${chat.number}/m${number}`, `shows: ${text}`);
    }
  }
}

/** Each message of ours arrives once; once more only where nobody could know, and marked. */
function judgeRepeats(world: World, chat: Chat, accuse: Accuse): void {
  const seen = new Map<string, Arrival[]>();
  for (const arrival of chat.arrivals) {
    const key = keyOf(addressOf(chat.number, arrival.number), arrival.text);
    seen.set(key, [...(seen.get(key) ?? []), arrival]);
  }
  for (const [key, arrivals] of seen) {
    const [first] = arrivals;
    if (!first || mayComeTwice(first.text)) continue;
    const about = `c${chat.number}/m${first.number}`;
    const marked = arrivals.filter(({ isRepeat }) => isRepeat).length;
    const times = `${arrivals.map(({ at, run }) => `at ${at | 0} by ${run}`).join(", ")}: ${first.text}`;
    // The first can be slower than the one that was sent since nobody knew of it.
    const last = arrivals.at(-1)?.at ?? first.at;
    if (hadDiskTrouble(world, first.at - 30_000, last)) continue;
    if (arrivals.length - marked > 1) accuse("once, or marked", about, `again, unmarked, ${times}`);
    else if (marked > 0 && !world.channel.doubtful.has(key)) {
      // It was about to be sent when the gateway ended.
      const neverLeft = arrivals.length === 1 && world.ends.some(({ at }) => at < first.at);
      if (!neverLeft) accuse("once", about, `again ${times}`);
    }
    if (arrivals.length > 2) accuse("at most twice", about, times);
  }
}

/** How far something has come may not have been noted. */
function hadDiskTrouble({ ledger }: World, from: number, to: number): boolean {
  return ledger.diskTroubles.some(({ at }) => at >= from && at <= to);
}

/** Notes that a message waits, and words about what was never stored, are said as often as they are so. */
function mayComeTwice(text: string): boolean {
  // The last is OpenClaw's own reply to a claim, which it sends until it is through.
  return ["aside", "detached"].includes(kindOf(text));
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
    if (world.channel.doubtful.has(first.key)) continue;
    if (hadDiskTrouble(world, (sent.handedAt ?? 0) - 5000, first.at)) continue;
    if (last && first.at < last.at) {
      accuse("in order", sent.tag, `has its outcome before that of ${last.tag}`);
    }
    if (!last || first.at > last.at) last = { at: first.at, tag: sent.tag };
  }
}

function outcomesOf(chat: Chat, sent: Sent): Arrival[] {
  return chat.arrivals.filter(({ number, text }) => {
    if (number !== sent.number || kindOf(text) === "aside") return false;
    // What nobody asked for goes where the chat was heard last.
    const answers = answersIn(text);
    return answers.length === 0 || answers.some(({ tags }) => tags.includes(sent.tag));
  });
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

/** Messages that are the plugin's to answer, and are not answered. */
function unanswered(world: World): Sent[] {
  return world.chats.flatMap((chat) =>
    [...chat.sent.values()].filter((sent) => {
      if (sent.acceptedAt === undefined || sent.unrouted) return false;
      if (outcomesOf(chat, sent).length > 0) return false;
      if (isDropped(world, sent) || mayBeLost(world, sent)) return false;
      if (isToldMissing(chat, sent)) return false;
      // In the answer of another message's turn.
      const inAnother = chat.arrivals.some(({ text }) =>
        answersIn(text).some(({ tags }) => tags.includes(sent.tag)),
      );
      return !inAnother && !sharesAnOutcome(world, chat, sent);
    }),
  );
}

/** Its outcome was sent twice, and nobody knows whether it arrived, which the chat was told. */
function isToldMissing(chat: Chat, { number }: Sent): boolean {
  return chat.arrivals.some(
    (arrival) => arrival.number === number && saysMayBeMissing(arrival.text),
  );
}

/** It went into the turn of another message, which has an outcome. */
function sharesAnOutcome({ ledger }: World, chat: Chat, sent: Sent): boolean {
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
          return other && outcomesOf(chat, other).length > 0;
        })
      );
    });
}

/** Taken out of the line for good, or perhaps: a kill undoes what was not on disk yet. */
function isDropped(world: World, { dropped, tag }: Sent): boolean {
  if (!dropped) return false;
  if (!dropped.certain) return true;
  // The run that dropped it ended before its file went: then it may be run after all.
  const end = world.ends.find(({ run }) => run === dropped.run);
  void tag;
  return !end || end.at > dropped.at;
}

/** On a disk that takes nothing it lives in memory only, and the gateway ended before it was answered. */
function mayBeLost(world: World, sent: Sent): boolean {
  const accepted = sent.acceptedAt ?? Infinity;
  return (
    world.ledger.diskTroubles.some(({ at }) => at >= (sent.handedAt ?? 0) && at <= accepted) &&
    world.ends.some(({ at }) => at >= accepted)
  );
}

function judgeMessage(world: World, chat: Chat, sent: Sent, accuse: Accuse): void {
  const taken = world.ledger.taken.filter(({ tag }) => tag === sent.tag);
  if (taken.length > 1) {
    const how = taken.map((one) => `${one.how} ${one.turnId}`).join(", ");
    if (!mayRunTwice(world, sent))
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
  const hasAnswer = outcomes.some(({ text }) => kindOf(text) === "answer");
  const lastAt = outcomes.at(-1)?.at ?? 0;
  const isCertain = !hasUnsolicited(sent.tag) && !hadDiskTrouble(world, sent.handedAt ?? 0, lastAt);
  if (isCertain && (kinds.size > 1 || (hasAnswer && kinds.size > 0))) {
    accuse("one outcome", sent.tag, outcomes.map(({ text }) => text).join(" / "));
  }
  if (!hasAnswer) judgeNotice(world, sent, outcomes, accuse);
}

/** What lived in memory only is brought again by the channel, or run again. */
function mayRunTwice(world: World, sent: Sent): boolean {
  return world.ledger.diskTroubles.some(
    ({ at }) => at >= (sent.handedAt ?? 0) && at <= (sent.handedAt ?? 0) + 60_000,
  );
}

/** A message of which nothing went wrong is answered. */
function judgeNotice(world: World, sent: Sent, outcomes: readonly Arrival[], accuse: Accuse): void {
  const [first] = outcomes;
  if (!first || sent.handedAt === undefined) return;
  const kind = kindOf(first.text);
  if (kind !== "failed" && kind !== "cut off" && kind !== "interrupted") return;
  const from = sent.handedAt;
  const isIn = ({ at }: { at: number }): boolean => at >= from - 1000 && at <= first.at;
  const chat = world.chats[Number(/^c(\d+)/.exec(sent.tag)?.[1]) - 1];
  const explained =
    world.ledger.troubles.some(isIn) ||
    world.ledger.diskTroubles.some(isIn) ||
    world.ends.some(isIn) ||
    world.reloads.some((at) => isIn({ at })) ||
    chat?.acts.some(isIn) === true;
  if (!explained) accuse("no failure without a cause", sent.tag, first.text);
}

/** Of a turn of which the chat was told before what was known then. */
const LATE = unsolicitedWords.late("").trim();

/** What Codex said is in the chat, every part of it, once. */
function judgeFinal(world: World, final: Final, accuse: Accuse): void {
  const [tag] = final.tags;
  const chat = world.chats[Number(/^c(\d+)/.exec(tag ?? "")?.[1]) - 1];
  if (!chat || tag === undefined) return;
  const shown = chat.arrivals
    .filter(({ text }) => !saysMayBeMissing(text))
    .flatMap((arrival) =>
      answersIn(arrival.text)
        .filter(({ uid }) => uid === final.uid)
        .map((part) => ({ ...part, arrival })),
    );
  const parts = new Set(shown.map(({ part }) => part));
  if (parts.size === final.parts) {
    // One that nobody knew of is sent again, and may still be on its way.
    const isSure = ({ text, number, isRepeat }: Arrival): boolean =>
      !isRepeat &&
      !text.startsWith(LATE) &&
      !world.channel.doubtful.has(keyOf(addressOf(chat.number, number), text));
    const order = shown.filter(({ arrival }) => isSure(arrival)).map(({ part }) => part);
    const last = shown.at(-1)?.arrival.at ?? final.at;
    const isNoted = !hadDiskTrouble(world, final.at - 5000, last);
    if (isNoted && order.some((part, index) => part < (order[index - 1] ?? 0))) {
      accuse("parts in order", tag, `parts came as ${order.join(", ")}`);
    }
    return;
  }
  if (isExcused(world, chat, final)) return;
  accuse("each answer arrives", tag, `answer ${final.uid}: ${parts.size} of ${final.parts} parts`);
}

/** Why an answer need not be in its chat. */
function isExcused(world: World, chat: Chat, final: Final): boolean {
  const { ledger, channel } = world;
  const tags = new Set(final.tags);
  const begun = ledger.begun.get(final.turnId) ?? final.at;
  const ended = ledger.ends.get(final.turnId)?.at ?? Infinity;
  // The chat left the thread meanwhile, or was about to.
  const left = chat.acts.some(
    ({ what, at }) =>
      (what === "detach" || what === "bind") && at >= begun - 60_000 && at <= ended + 60_000,
  );
  const isNone = !final.isNamed && ledger.ends.get(final.turnId)?.status !== "completed";
  // That it was given to Codex could not be noted, so it was given once more.
  const ranAgain =
    hadDiskTrouble(world, begun - 5000, final.at) &&
    ledger.taken.some(({ tag, turnId }) => tags.has(tag) && turnId !== final.turnId);
  const isToldOf = chat.arrivals.some(
    ({ text }) => saysMayBeMissing(text) && text.includes(`Answer ${final.uid},`),
  );
  const isLost = ledger.lostThreads.has(final.threadId);
  const isRefused = [...channel.refused].some((key) =>
    answersIn(key).some(({ uid }) => uid === final.uid),
  );
  // Turns of a goal, and of nobody, are followed by the gateway that runs.
  const isUnsolicited = !ledger.taken.some(
    ({ turnId, how }) => turnId === final.turnId && how === "turn",
  );
  const isMeanwhile = (at: number): boolean => at >= begun - 2000 && at <= final.at + 5000;
  const isCutOff =
    world.ends.some(({ at }) => isMeanwhile(at)) ||
    world.reloads.some(isMeanwhile) ||
    ledger.troubles.some(({ at, what }) => isMeanwhile(at) && what === "an app-server ended") ||
    hadDiskTrouble(world, begun, final.at + 2000);
  const wasLost = [...chat.sent.values()].some(
    (sent) => tags.has(sent.tag) && mayBeLost(world, sent),
  );
  return (
    left ||
    isNone ||
    ranAgain ||
    isToldOf ||
    isLost ||
    isRefused ||
    wasLost ||
    (isUnsolicited && isCutOff)
  );
}
