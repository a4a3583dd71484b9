/** Whether what Codex said is in the chats: every part of it, in order, once. */
import { isCard } from "./cards.js";
import { addressOf, type Arrival, type Chat, type ChatAct, type Sent } from "./chat.js";
import { keyOf } from "./channel.js";
import {
  chatOf,
  hadDiskTrouble,
  isDoubtful,
  isToldMissing,
  mayBeLost,
  outcomesOf,
  type Accuse,
} from "./judge-excuses.js";
import { answersIn, type Final, type MadePicture } from "./ledger.js";
import { namesPicture, pictureShown } from "./pictures.js";
import {
  ANOTHERS,
  kindOf,
  LATE,
  saysBound,
  saysLeftBehind,
  saysMayBeMissing,
  saysNotAllShown,
} from "./texts.js";
import type { World } from "./world.js";

/** Each message of ours arrives once; once more only where nobody could know, and marked. */
export function judgeRepeats(world: World, chat: Chat, accuse: Accuse): void {
  const seen = new Map<string, Arrival[]>();
  // A card reads as before if nothing has changed.
  for (const arrival of chat.arrivals.filter((one) => !isCard(one))) {
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
    // That something may be missing is told until it has arrived.
    if (arrivals.length > 2 && !saysMayBeMissing(first.text)) accuse("at most twice", about, times);
  }
}

/** Notes that a message waits, and words about what was never stored, are said as often as they are so. */
function mayComeTwice(text: string): boolean {
  // The last is OpenClaw's own reply to a claim, which it sends until it is through.
  return ["aside", "detached"].includes(kindOf(text)) && !saysMayBeMissing(text);
}

/** What is in a chat so long after it was said, if nothing came between. */
const SOON_MS = 120_000;

/** What Codex said is in the chat, every part of it, once, and soon. */
export function judgeFinal(world: World, final: Final, accuse: Accuse): void {
  const [tag] = final.tags;
  const chat = chatOf(world, tag);
  if (!chat || tag === undefined) return;
  const shown = chat.arrivals
    .filter(({ text }) => !saysMayBeMissing(text))
    .flatMap((arrival) =>
      answersIn(arrival.text)
        .filter(({ uid }) => uid === final.uid)
        .map((part) => ({ ...part, arrival })),
    );
  const parts = new Set(shown.map(({ part }) => part));
  if (parts.size < final.parts) {
    if (isExcused(world, chat, final, (text) => answersIn(text).some(isOf(final)))) return;
    const what = `answer ${final.uid}: ${parts.size} of ${final.parts} parts`;
    accuse("each answer arrives", tag, what);
    return;
  }
  judgeParts(world, chat, { final, tag, shown }, accuse);
  judgeOrigin(world, { final, tag, texts: shown.map(({ arrival }) => arrival.text) }, accuse);
  const [first] = shown;
  if (first && isLate(world, chat, final, first.arrival.at)) {
    const seconds = Math.round((first.arrival.at - final.at) / 1000);
    accuse("soon", tag, `answer ${final.uid} came after ${seconds} s`);
  }
}

/** A picture that Codex made is in the chat. */
export function judgePicture(world: World, picture: MadePicture, accuse: Accuse): void {
  const [tag] = picture.tags;
  const chat = chatOf(world, tag);
  if (!chat || tag === undefined) return;
  if (chat.arrivals.some(({ text }) => pictureShown(text) === picture.uid)) return;
  if (world.ledger.ends.get(picture.turnId)?.status !== "completed") return;
  if (hadDiskTrouble(world, picture.at - 1000, picture.at + 5000)) return;
  const names = (text: string): boolean =>
    saysMayBeMissing(text) ? namesPicture(text) : pictureShown(text) === picture.uid;
  if (isExcused(world, chat, { ...picture, isNamed: true }, names)) return;
  accuse("each picture arrives", tag, `picture ${picture.uid} did not`);
}

function isOf({ uid }: Final): (part: { uid: number }) => boolean {
  return (part) => part.uid === uid;
}

type Shown = { part: number; arrival: Arrival };

function judgeParts(
  world: World,
  chat: Chat,
  { final, tag, shown }: { final: Final; tag: string; shown: readonly Shown[] },
  accuse: Accuse,
): void {
  // One that nobody knew of is sent again, and may still be on its way.
  const isSure = (arrival: Arrival): boolean =>
    !arrival.isRepeat && !arrival.text.startsWith(LATE) && !isDoubtful(world, chat, arrival);
  const order = shown.filter(({ arrival }) => isSure(arrival)).map(({ part }) => part);
  const last = shown.at(-1)?.arrival.at ?? final.at;
  const isNoted = !hadDiskTrouble(world, final.at - 5000, last);
  if (isNoted && new Set(order).size < order.length) {
    accuse("each answer once", tag, `answer ${final.uid}: its parts came as ${order.join(", ")}`);
  }
  if (isNoted && order.some((part, index) => part < (order[index - 1] ?? 0))) {
    accuse("parts in order", tag, `parts came as ${order.join(", ")}`);
  }
}

/** What somebody at a terminal had done is said to be that, and nothing else is. */
function judgeOrigin(
  world: World,
  { final, tag, texts }: { final: Final; tag: string; texts: readonly string[] },
  accuse: Accuse,
): void {
  const { ledger } = world;
  const isTerminals = ledger.beginners.get(final.turnId) === "terminal";
  const isShared =
    (isTerminals && ledger.taken.some(({ turnId }) => turnId === final.turnId)) ||
    ledger.spokenInto.has(final.turnId);
  // Of a message that lived in memory only the next gateway knows nothing.
  const chat = chatOf(world, tag);
  const isForgotten = [...(chat?.sent.values() ?? [])].some(
    (sent) => final.tags.includes(sent.tag) && mayBeLost(world, sent),
  );
  if (isShared || isForgotten) return;
  const wrong = texts.find((text) => text.startsWith(ANOTHERS) !== isTerminals);
  if (wrong !== undefined) accuse("whose turn it was", tag, `is shown as: ${wrong}`);
}

function isLate(world: World, chat: Chat, final: Final, at: number): boolean {
  const begun = world.ledger.begun.get(final.turnId) ?? final.at;
  const ended = world.ledger.ends.get(final.turnId)?.at ?? final.at;
  const by = Math.max(final.at, ended) + SOON_MS;
  if (at <= by) return false;
  const isBetween = (time: number): boolean => time >= begun - 5000 && time <= by;
  return !(
    [...world.ends, ...world.ledger.troubles, ...world.ledger.diskTroubles].some((event) =>
      isBetween(event.at),
    ) ||
    world.reloads.some(isBetween) ||
    world.channel.troubles.some((trouble) => trouble.chat === chat.number && isBetween(trouble.at))
  );
}

/** Something that Codex gave in a turn. */
type Given = Pick<Final, "tags" | "threadId" | "turnId" | "at" | "isNamed">;

/** Why something need not be in its chat; `names` tells whether a text is about it. */
function isExcused(
  world: World,
  chat: Chat,
  given: Given,
  names: (text: string) => boolean,
): boolean {
  const { ledger, channel } = world;
  const tags = new Set(given.tags);
  const begun = ledger.begun.get(given.turnId) ?? given.at;
  const ended = ledger.ends.get(given.turnId)?.at ?? Infinity;
  // The chat left the thread before that was told: a bind is for another one.
  const ofGiven = [...chat.sent.values()].filter((sent) => tags.has(sent.tag));
  const handed = ofGiven.map(({ handedAt }) => handedAt ?? Infinity);
  const threadSince = Math.min(firstTurnOn(world, given.threadId), ...handed);
  const heard = heardAt(world, given.threadId, ended);
  const left = chat.acts.some(
    (act) =>
      (act.what === "detach" || act.what === "bind") &&
      (act.endedAt ?? Infinity) >= threadSince &&
      (act.at <= ended + TOLD_MS || (act.at <= heard + TOLD_MS && mayHaveLeft(act))),
  );
  const isForgone = (sent: Sent): boolean =>
    sent.dropped !== undefined ||
    outcomesOf(chat, sent).some(({ text }) => FOR_LATER.has(kindOf(text)));
  const isNone = !given.isNamed && ledger.ends.get(given.turnId)?.status !== "completed";
  // That it was given to Codex could not be noted, so it was given once more.
  const ranAgain =
    hadDiskTrouble(world, begun - 5000, given.at) &&
    ledger.taken.some(({ tag, turnId }) => tags.has(tag) && turnId !== given.turnId);
  // Of a failure its first words are named, and not what Codex had said before.
  const isToldOf =
    chat.arrivals.some(({ text }) => saysMayBeMissing(text) && names(text)) ||
    [...chat.sent.values()].some((sent) => tags.has(sent.tag) && isToldMissing(world, chat, sent));
  const isLeftBehind = ofGiven.some((sent) =>
    outcomesOf(chat, sent).some(({ text }) => saysLeftBehind(text)),
  );
  // That it was given up could not be noted.
  const isForgotten = ofGiven.some((sent) =>
    outcomesOf(chat, sent).some(
      ({ text, at }) => FOR_LATER.has(kindOf(text)) && hadDiskTrouble(world, at - 5000, at),
    ),
  );
  const isLost = ledger.lostThreads.has(given.threadId);
  const isRefused = [...channel.refused].some((key) => names(key.slice(key.indexOf(" ") + 1)));
  // A terminal's turn is followed by the gateway that runs; a goal's that was finished is told later, too.
  const isUnsolicited = !ledger.taken.some(
    ({ turnId, how }) => turnId === given.turnId && how === "turn",
  );
  // Without a disk it is told of from memory, which ends with the gateway.
  const isStored = !hadDiskTrouble(world, begun - 1000, given.at + 5000);
  const isFinishedGoals =
    isStored &&
    !chat.arrivals.some(({ text, at }) => saysNotAllShown(text) && at >= given.at) &&
    ledger.beginners.get(given.turnId) === "goal" &&
    !ledger.spokenInto.has(given.turnId) &&
    ledger.ends.get(given.turnId)?.status === "completed";
  const isMeanwhile = (at: number): boolean => at >= begun - 2000 && at <= given.at + 5000;
  const isCutOff =
    world.ends.some(({ at }) => isMeanwhile(at)) ||
    world.reloads.some(isMeanwhile) ||
    ledger.troubles.some(({ at, what }) => isMeanwhile(at) && what === "an app-server ended") ||
    ledger.unheard.has(given.turnId) ||
    hadDiskTrouble(world, begun, given.at + 2000);
  const wasLost = [...chat.sent.values()].some(
    (sent) => tags.has(sent.tag) && mayBeLost(world, sent),
  );
  // Of a turn that was cut off nobody is told whose person has dropped its message, or was told that it failed.
  const isUnwanted =
    ledger.ends.get(given.turnId)?.status !== "completed" && ofGiven.some(isForgone);
  // It was dropped, or told as failed or stopped since no word of it came, and the chat has not written since: nobody looked at the thread.
  const isForLater =
    ofGiven.some(isForgone) &&
    !ledger.taken.some(({ threadId, at }) => threadId === given.threadId && at > given.at);
  return (
    left ||
    isLeftBehind ||
    isForgotten ||
    isForLater ||
    isUnwanted ||
    isNone ||
    ranAgain ||
    isToldOf ||
    isLost ||
    isRefused ||
    wasLost ||
    (isUnsolicited && isCutOff && !isFinishedGoals)
  );
}

const FOR_LATER = new Set<ReturnType<typeof kindOf>>([
  "failed",
  "interrupted",
  "cut off",
  "stopped before it began",
]);

/** What a turn came to is on its way to the chat so soon after its end, on a slow disk, too. */
const TOLD_MS = 15_000;

/** A gateway that ends so soon after it heard of something has perhaps not stored it. */
const STORED_MS = 5000;

/** When a gateway that lived to tell of it first heard what had come of a turn. */
function heardAt({ ledger, ends }: World, threadId: string, ended: number): number {
  const hearing = ledger.hearings.find(
    (one) =>
      one.threadId === threadId &&
      one.at >= ended &&
      !ends.some(({ run, at }) => run === one.run && at <= one.at + STORED_MS),
  );
  return hearing?.at ?? Infinity;
}

/** A chat whose bind failed stays on the thread that it has. */
function mayHaveLeft({ what, told }: ChatAct): boolean {
  return what === "detach" || told === undefined || saysBound(told);
}

function firstTurnOn({ ledger }: World, threadId: string): number {
  const turns = ledger.turnsOn.get(threadId) ?? [];
  return Math.min(...turns.map((turnId) => ledger.begun.get(turnId) ?? Infinity));
}
