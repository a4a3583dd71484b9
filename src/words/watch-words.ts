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
    "If a terminal or an editor starts a turn on this thread, its answer comes here, too. `/codexchat follow off` stops that.",
  followOff:
    "Turns that a terminal or an editor starts on this thread are not shown here. `/codexchat follow on` shows them.",
  /** In the status. */
  notFollowing: "Turns of a terminal or an editor: not shown here",
  nobodyElse:
    "Only this gateway uses this Codex, so no other window can start turns on the thread. Both would have to share an app-server (appServer.transport: websocket).",
} as const;

function named(title: string): string {
  return `“${harmlessText(title, 80) || "a thread without a title"}”`;
}
