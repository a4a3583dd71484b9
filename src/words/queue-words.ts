/** What a chat hears about its messages that wait. */
import { harmlessText } from "./foreign-text.js";
import type { DroppedTurn, WaitingTurn } from "../messages/queue.js";
import { STEERED } from "./shared-words.js";

/** So much of a message is enough to know it again. */
const BEGINNING = 60;
/** A phone's screen holds no more. */
const LISTED = 15;

const NONE_WAITS = "No message is waiting.";

export const queueWords = {
  empty: NONE_WAITS,

  waiting: (
    turns: readonly WaitingTurn[],
    {
      running,
      isHeld,
      working,
    }: { running: boolean; isHeld: boolean; working?: number | undefined },
  ): string =>
    [
      `${messages(turns.length)} waiting${running ? " behind the running turn" : ""}${isHeld ? ", on hold" : ""}:`,
      ...(working === undefined || isHeld ? [] : [waitsForPlace(working)]),
      ...listed(turns, lineOf),
      ...(isHeld ? ["`/codexchat queue go` runs them."] : []),
      `\`/codexchat queue drop ${turns[0]?.number ?? 1}\` drops one, \`/codexchat stop all\` ends everything.`,
    ].join("\n"),

  onHold: "On hold, as all that waits here. `/codexchat queue go` runs it.",
  edited: ({ number, label }: WaitingTurn): string => `Message ${number} is now: ${quoted(label)}`,
  busy: (number: number): string =>
    `Message ${number} is being sent to the running turn, so it cannot be changed any more.`,
  perhapsGiven: (number: number): string =>
    `Codex may have got message ${number} before the gateway restarted, so it cannot be changed.`,
  fixed: (number: number): string =>
    `Message ${number} is a command. \`/codexchat queue drop ${number}\` drops it.`,

  /** Told once; its message and those behind it run when Codex is back. */
  /** `server`: its name, if there are several. */
  codexAway: (reason: string, server?: string): string =>
    [
      `Codex${server === undefined ? "" : ` on the server ${harmlessText(server, 60)}`} cannot be reached: ${reason}`,
      "Your messages wait and run as soon as it is back. `/codexchat queue` lists them, `/codexchat stop all` drops them.",
    ].join("\n"),

  dropped: ({ label, steering, mayHaveRun }: DroppedTurn): string => {
    if (steering) return beingGiven(label);
    return mayHaveRun
      ? droppedTooLate(label)
      : `Dropped from the queue, so Codex did not get it: ${quoted(label)}`;
  },
  noSuch: (number: number, turns: readonly WaitingTurn[]): string =>
    turns.length === 0
      ? queueWords.empty
      : [`No waiting message has the number ${number}. There are:`, ...turns.map(lineOf)].join(
          "\n",
        ),

  /** After a restart; `perhapsGiven`: it was on its way to Codex when the gateway ended. */
  overdue: (label: string, perhapsGiven: boolean): string =>
    `By the gateway's clock this message has been waiting for over a week, so ${
      perhapsGiven
        ? "it was not sent to Codex again, though Codex may have got it before"
        : "Codex did not get it"
    }. Send it again if you still want it: ${quoted(label)}`,

  /** `stop` is what became of the turn, behind which others wait. */
  stoppedOne: (stop: string, waiting: number, { isHeld }: { isHeld: boolean }): string => {
    const [are, run, them] = waiting === 1 ? ["is", "runs", "it"] : ["are", "run", "them"];
    const state = isHeld ? `${are} on hold` : `${are} still waiting and ${run} next`;
    return `${stop} ${messages(waiting)} ${state}. \`/codexchat stop all\` drops ${them}.`;
  },

  /** The same where those that wait are dropped. */
  stoppedAll: (stop: string, dropped: readonly DroppedTurn[]): string => {
    const kept = dropped.filter(({ steering, mayHaveRun }) => !steering && !mayHaveRun);
    const given = dropped.filter(({ steering }) => steering);
    const late = dropped.filter(({ steering, mayHaveRun }) => !steering && mayHaveRun);
    return [
      stop,
      ...(dropped.length === 0 ? ["No message was waiting."] : []),
      ...(kept.length === 0
        ? []
        : [
            `${messages(kept.length)} dropped from the queue, so Codex did not get:`,
            ...listed(kept, ({ label }) => quoted(label)),
          ]),
      ...late.map(({ label }) => droppedTooLate(label)),
      ...given.map(({ label }) => beingGiven(label)),
    ].join("\n");
  },

  /** The note that a message waits. */
  queued: (ahead: number, { hasButton }: { hasButton: boolean }): string => {
    const where = `Queued behind ${ahead === 1 ? "the running turn" : `${ahead} others`}.`;
    return hasButton ? where : `${where} \`/codexchat steer\` sends it to the running turn now.`;
  },
  /** The same for the first of a line, if as many turns are at work as may be. */
  waitsForPlace,
  /** Below it. */
  steerButton: "Send to the running turn",
  steered: (outcome: "steered" | "refused" | "gone"): string => {
    switch (outcome) {
      case "steered":
        return STEERED;
      case "refused":
        return "The running turn accepts no more input, so the message keeps its place.";
      case "gone":
        return "That message is no longer waiting.";
    }
  },
  nothingToSteer: `${NONE_WAITS} \`/codexchat steer TEXT\` tells the running turn something.`,
  /** What a note that a message waits changes to. */
  runsNow: "Now running.",
  waitsNoMore: "No longer queued.",
};

function waitsForPlace(working: number): string {
  const turns = working === 1 ? "1 turn is" : `${working} turns are`;
  return `Waiting for a free place: ${turns} running in all chats, as many as may run at once.`;
}

/** Nobody knows yet whether Codex takes it. */
function beingGiven(label: string): string {
  return `Already being sent to the running turn, so Codex may still see it, but it will not run separately: ${quoted(label)}`;
}

/** It had been on its way when the gateway ended. */
function droppedTooLate(label: string): string {
  return `Dropped, though Codex may have got it before the gateway restarted: ${quoted(label)}`;
}

function listed(turns: readonly WaitingTurn[], line: (turn: WaitingTurn) => string): string[] {
  const more = turns.length - LISTED;
  return [...turns.slice(0, LISTED).map(line), ...(more > 0 ? [`… and ${more} more`] : [])];
}

function messages(count: number): string {
  return count === 1 ? "1 message" : `${count} messages`;
}

function lineOf({ number, label }: WaitingTurn): string {
  return `${number}. ${harmlessText(label, BEGINNING)}`;
}

function quoted(label: string): string {
  return `“${harmlessText(label, BEGINNING)}”`;
}
