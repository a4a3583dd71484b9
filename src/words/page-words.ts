/** What the pages in OpenClaw's Control UI say. They run in a browser, so this needs nothing of Node. */
import type { BoundChat } from "../operator/facts.js";
import { shortAge, shortDuration } from "./numbers.js";

const DAY = 24 * 60 * 60_000;
/** A chat that nobody has used for this long may be forgotten. */
const QUIET_MS = 30 * DAY;

export const pageWords = {
  title: "Codex chats",
  search: "Search chats",
  searchHint: "Title, folder, chat or thread",
  loading: "Loading the chats…",
  noChats: "No chat is bound to Codex yet.",
  howToBind: "To bind one, send /codexchat bind there.",
  noMatch: "No chat matches your search.",
  away: "The gateway is not connected. What you see may be out of date.",
  mayNotRead: "You may not see the chats: that needs the right operator.read.",
  failed: (reason: string): string => `The chats could not be read: ${reason}`,
  tryAgain: "Try again",
  noTitle: "No title yet",
  noFolder: "No folder",

  count: (shown: number, all: number): string =>
    shown === all ? counted(all, "chat") : `${shown} of ${counted(all, "chat")}`,
  needYou: (count: number): string => (count === 1 ? "1 needs you" : `${count} need you`),
  atWork: (count: number): string => `${count} at work`,

  channel: (channel: string): string => channel.charAt(0).toUpperCase() + channel.slice(1),
  where: ({ channel, account, chat }: BoundChat): string =>
    [
      pageWords.channel(channel),
      chat ?? "chat not known",
      ...(account === undefined || account === "default" ? [] : [account]),
    ].join(" · "),
  folder: "Folder",
  server: "Server",
  thread: "Thread",
  lastActive: "Last active",
  active: (ageMs: number): string => shortAge(Math.max(0, ageMs)),
  neverActive: "never",

  /** @param runningForMs how long by now, where it is known */
  state: (
    { state, waiting = 0, questions = [], goal }: BoundChat,
    runningForMs: number | undefined,
  ): string => {
    const lasts = runningForMs === undefined ? "" : ` for ${shortDuration(runningForMs)}`;
    const more = waiting > 0 ? `, ${waiting} waiting` : "";
    switch (state) {
      case "idle":
        return "Idle";
      case "running":
        return `Running${lasts}${more}`;
      case "asks":
        return `${counted(questions.length, "question")}${more}`;
      case "goal":
        return `Goal, turn ${goal?.turns ?? 0}${more}`;
      case "held":
        return `On hold${more}`;
      case "waiting":
        return `${waiting} waiting`;
      case "lost":
        return "Thread lost";
      case "stranded":
        return "Not bound any more";
      case "asked":
        return "Waits for permission";
      case "unknown":
        return "Not known";
    }
  },

  /** What to do about a chat that does not get on by itself. */
  advice: (
    { state, questions = [], lastActivityAt }: BoundChat,
    now: number,
  ): string | undefined => {
    switch (state) {
      case "asks":
        return questions.length === 1
          ? "Codex waits for an answer in the chat."
          : "Codex waits for answers in the chat.";
      case "held":
        return "The waiting messages do not run. Send /codexchat queue in the chat to run or drop them.";
      case "lost":
        return "The thread is not known or cannot be read. Send /codexchat bind in the chat for a new one.";
      case "stranded":
        return "OpenClaw does not have this chat bound any more. Send /codexchat bind in the chat to continue the thread.";
      case "asked":
        return "OpenClaw asks in the chat whether it may be bound. Answer there.";
      default:
        return lastActivityAt !== undefined && now - lastActivityAt > QUIET_MS
          ? "Nobody has used this chat for a while. If it is not needed any more, send /codexchat detach there."
          : undefined;
    }
  },
};

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
