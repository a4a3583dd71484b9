/** What a chat hears about its thread and about others that it could continue. */
import { harmlessText } from "./foreign-text.js";
import type { ContextUsage } from "../thread/context-usage.js";
import type { CodexThreadSummary } from "../app-server/thread-list.js";
import { shortAge, shortCount, shortDuration } from "./numbers.js";
import { FILES_STAY, NOT_BOUND, NOTHING_SAID, questionOf, STALE_BUTTON } from "./shared-words.js";

const TITLE = 60;

function onServer(server: string | undefined): string {
  return server === undefined ? "" : ` --on ${harmlessText(server, 60)}`;
}

export const threadWords = {
  /** Where the channel has no buttons the text holds what the buttons would do. */
  list: (
    threads: readonly (CodexThreadSummary & { place: "here" | "elsewhere" | "free" })[],
    options: {
      filter: string;
      withIds: boolean;
      now: number;
      more: boolean;
      /** The server that was named for it. */
      server?: string | undefined;
    },
  ): string =>
    [
      options.filter === ""
        ? "Codex threads, newest first:"
        : `Codex threads matching “${harmlessText(options.filter, TITLE)}”:`,
      ...threads.flatMap((thread, index) => [
        `${index + 1}. ${titleOf(thread)}`,
        `${harmlessText(folderOf(thread.cwd), 40)}, ${shortAge(options.now - thread.usedAt)}${
          thread.place === "here" ? ", this chat" : ""
        }${thread.place === "elsewhere" ? ", in another chat" : ""}`,
        ...(options.withIds && thread.place === "free"
          ? [`\`/codexchat resume ${harmlessText(thread.id)}${onServer(options.server)}\``]
          : []),
      ]),
      ...(options.more ? ["There are more: `/codexchat threads WORDS` finds them."] : []),
    ].join("\n"),
  none: (filter: string): string =>
    filter === ""
      ? "Codex has no threads yet. `/codexchat bind` starts one."
      : `No Codex thread has “${harmlessText(filter, TITLE)}” in its title or folder.`,
  staleButton: `${STALE_BUTTON} \`/codexchat threads\` lists the threads again.`,
  resumeByCommand: (threadId: string): string =>
    `${NOT_BOUND} \`/codexchat resume ${harmlessText(threadId)}\` binds it to that thread.`,
  /** A button's label. */
  resumeLabel: (thread: CodexThreadSummary, place: number): string =>
    `${place}. ${titleOf(thread, 30)}`,

  tooManyThreads: ({ by, waitMs }: { by: "chat" | "gateway"; waitMs: number }): string =>
    `${by === "chat" ? "This chat has" : "The chats of this gateway have"} made many threads in the last few minutes. Try again in ${shortDuration(waitMs)}, or use an existing one: \`/codexchat threads\` lists them.`,

  /** `upTo`: what the copy ends with, if it is not all. */
  forked: (facts: {
    from: string;
    cwd: string;
    upTo: { asked: readonly string[] } | undefined;
  }): string =>
    [
      facts.upTo === undefined
        ? "This chat continues in a copy of its thread, with everything so far."
        : `This chat continues in a copy of its thread that ends with the answer to ${questionOf(facts.upTo.asked)}. ${FILES_STAY}`,
      `Folder: ${harmlessText(facts.cwd)}`,
      `The original is kept: \`/codexchat resume ${harmlessText(facts.from)}\``,
    ].join("\n"),
  noSuchExchange: (count: number): string =>
    count === 0
      ? NOTHING_SAID
      : `Choose a number from 1 to ${count}: \`/codexchat history 10\` shows them.`,
  stillAtWork: "Codex is still at work on that one. Choose an earlier one, or wait for its answer.",
  nothingToFork: "This thread has no history yet, so there is nothing to copy.",
  leftWhileForking: (copy: string): string =>
    `The thread was copied, but this chat has switched to another thread meanwhile. \`/codexchat resume ${harmlessText(copy)}\` opens the copy.`,
  runningGoesOn: "The running turn continues in the old thread; its answer still comes here.",

  renamed: (title: string): string => `The thread is now called “${harmlessText(title, 100)}”.`,
  nothingToRename: "This thread has no history yet. Send a first message, then name it.",

  compacting: (waiting: boolean): string =>
    waiting
      ? "The thread will be compacted after the messages before it, and you will be told when it is done."
      : "Compacting the thread. You will be told when it is done.",
  compacted: (usage: ContextUsage | undefined): string =>
    [
      "The thread is compacted: Codex continues from a summary of it.",
      ...(usage ? [threadWords.context(usage)] : []),
    ].join("\n"),
  nothingToCompact: "This thread has no history yet, so there is nothing to compact.",

  reviewing: (what: string, waiting: boolean): string =>
    waiting
      ? `A review of ${harmlessText(what)} starts after the messages before it. Its result comes here.`
      : `Codex is reviewing ${harmlessText(what)}. The result comes here.`,
  reviewBadBranch: "That is not a branch name. Try: `/codexchat review branch main`",
  reviewBadCommit: "That is not a commit hash. Try: `/codexchat review commit 1a2b3c4`",
  cannotTellLater:
    "OpenClaw cannot send messages on its own in this channel, so the result could not be delivered. Ask Codex in a message instead.",

  context: ({ tokens, window }: ContextUsage): string =>
    window === undefined || window <= 0
      ? `Context: ${shortCount(tokens)} tokens`
      : `Context: ${Math.min(100, Math.round((tokens / window) * 100))} % used (${shortCount(tokens)} of ${shortCount(window)} tokens)`,
};

function titleOf({ title }: CodexThreadSummary, maxLength = TITLE): string {
  return harmlessText(title, maxLength) || "(no title)";
}

/** The last two parts: enough to know it, short enough for a phone. */
function folderOf(cwd: string): string {
  const parts = cwd.split(/[\\/]/).filter((part) => part !== "");
  return parts.length <= 2 ? cwd : `…/${parts.slice(-2).join("/")}`;
}
