/** What a chat hears of threads that others work on: those that it watches, and its own that a terminal uses too. */
import type { WatchEnd } from "../app-server/thread-watch.js";
import { harmlessText } from "./foreign-text.js";

const ENDS: Readonly<Record<WatchEnd, string>> = {
  done: "is done.",
  failed: "has ended with an error.",
  lost: "cannot be watched any more: the connection to Codex has ended.",
  expired: "has run for a day since, and is not watched any longer.",
};

const OFF = "`/codexchat watch off` ends that.";

export const watchWords = {
  watching: (title: string): string =>
    `You will be told when ${named(title)} is done. It is watched for a day at most, and not over a restart of the gateway. ${OFF}`,
  atRest: (title: string): string =>
    `Nothing runs on ${named(title)}, as far as this Codex knows. A thread that a terminal works on without the chat's Codex cannot be watched.`,
  own: "That is this chat's own thread: its answers come here anyway.",
  already: "That thread is watched already.",
  tooMany: (most: number): string => `This chat watches ${most} threads already. ${OFF}`,
  notHere: "This chat may know of no such thread.",
  list: (titles: readonly string[]): string =>
    titles.length === 0
      ? "No thread is watched. `/codexchat watch THREAD-ID` tells you when one is done; `/codexchat threads` shows their ids."
      : ["Watched until they are done:", ...titles.map((title) => `• ${named(title)}`)].join("\n"),
  off: (count: number): string =>
    count === 0 ? "No thread was watched." : "No thread is watched any more.",
  ended: (title: string, threadId: string, end: WatchEnd): string =>
    `👀 ${named(title)} ${ENDS[end]} \`/codexchat resume ${harmlessText(threadId, 60)}\` continues it here.`,
  cannotTellLater: "This channel cannot be written to later, so nobody could tell you.",

  followOn:
    "This chat is told what turns come to that a terminal or an editor begins on its thread. `/codexchat follow off` ends that.",
  followOff:
    "This chat is not told of turns that a terminal or an editor begins on its thread. `/codexchat follow on` changes that.",
  /** In the status. */
  notFollowing: "Turns of a terminal or an editor: not told here",
  nobodyElse:
    "Nobody but this gateway uses this Codex, so no other window begins turns on the thread. That takes an app-server that both share (appServer.transport: websocket).",
} as const;

function named(title: string): string {
  return `“${harmlessText(title, 80) || "a thread without a title"}”`;
}
