/** What the cards say, and what stands on their buttons. */
import type { CodexLimit } from "../app-server/account-facts.js";
import type { CodexThreadSummary } from "../app-server/thread-list.js";
import type { Goal } from "../thread/goal.js";
import type { WaitingTurn } from "../messages/queue.js";
import { harmlessText } from "./foreign-text.js";
import { goalWords } from "./goal-words.js";
import { shortAge, shortDuration, shortTime } from "./numbers.js";
import { queueWords } from "./queue-words.js";
import { serverWords } from "./server-words.js";
import { NOT_BOUND } from "./shared-words.js";
import type { StatusFacts } from "./status-words.js";
import { threadWords } from "./thread-words.js";

const TITLE = 60;
/** What a button of a phone shows of a line. */
const LABEL = 36;
const TO_CANCEL = "Press any button to cancel.";

export type HomeFacts = StatusFacts & {
  title: string | undefined;
  mode: string;
  isHeld: boolean;
};

export const cardWords = {
  home: (facts: HomeFacts): string =>
    [
      harmlessText(facts.title ?? "", TITLE) || "New Codex thread",
      `Folder: ${harmlessText(facts.cwd, 120)}`,
      ...(facts.onServer === undefined ? [] : [serverWords.on(facts.onServer)]),
      `Model: ${harmlessText(facts.model ?? "Codex's default", 60)}${
        facts.effort === undefined ? "" : `, effort ${harmlessText(facts.effort, 40)}`
      }`,
      `Permissions: ${facts.mode}${facts.plan === true ? ", plan mode" : ""}`,
      ...(facts.context ? [threadWords.context(facts.context)] : []),
      ...limitsLine(facts),
      workLine(facts),
      ...(facts.goal ? [goalLine(facts.goal)] : []),
      ...(facts.openQuestions.length === 0 ? [] : ["Codex is waiting for your answer."]),
    ].join("\n"),
  notBound: `${NOT_BOUND} Bind it, and every message here goes to Codex.`,

  serversForNew: "On which Codex server?",
  serversOfThreads: "The threads of which Codex server?",
  serverLabel: (name: string, isOwn: boolean): string =>
    `${harmlessText(name, 40)}${isOwn ? " (this chat)" : ""}`,
  otherServer: "Other servers",
  usualFolder: "Its usual folder",
  newThread: "New thread",
  threads: "Threads",
  model: "Model",
  permissions: "Permissions",
  diff: "Diff",
  more: "More…",
  stop: "Stop",
  steer: "Steer",
  queue: (waiting: number): string => `Queue (${waiting})`,
  back: "‹ Back",
  previous: "‹ Previous",
  next: "Next ›",
  refresh: "Refresh",
  bindIn: (folder: string): string => `Bind: ${shortFolder(folder)}`,
  bind: "Bind this chat",
  chooseFolder: "Choose a folder",
  commands: "All commands",
  status: "Details",
  detach: "Detach",
  detachNow: "Yes, detach",
  review: "Review",
  compact: "Compact",
  fork: "Fork",
  undo: "Undo…",
  undoNow: "Yes, take it back",
  goal: "Goal",
  plan: (on: boolean): string => `Plan mode: ${on ? "turn off" : "turn on"}`,
  fast: (on: boolean): string => `Fast mode: ${on ? "turn off" : "turn on"}`,
  skills: "Skills",
  toolServers: "Tool servers",
  runningCommands: "Running commands",
  goalPause: "Pause",
  goalResume: "Resume",
  goalClear: "Clear",
  drop: (number: number): string => `Drop ${number}`,
  hold: "Hold",
  go: "Go on",
  sendNow: "Send the next one to the running turn",
  steerNext: "Send my next message to it",
  sideNext: "Ask my next message on the side",

  moreTitle: "More",
  detachTitle: "Detach this chat from Codex? Its thread stays, to be continued later.",
  goalTitle: (goal: (Goal & { turns: number }) | undefined, now: number): string =>
    goal ? goalWords.status(goal, goal.turns, now) : goalWords.none,
  steerTitle:
    "Tell the running turn something: press the button, then write it. `/codexchat steer TEXT` does the same. `/codexchat side TEXT` asks something without disturbing it.",
  steerArmed: `Your next message goes to the running turn. ${TO_CANCEL}`,
  sideArmed: `Your next message is a side question. ${TO_CANCEL}`,

  threadsTitle: "Which thread should this chat continue?",
  noThreads: "There is no other thread to continue.",
  threadLine: (
    thread: CodexThreadSummary & { place: string },
    number: number,
    now: number,
  ): string =>
    `${number}. ${titleOf(thread.title)}\n${shortFolder(thread.cwd)}, ${shortAge(now - thread.usedAt)}${
      thread.place === "here" ? ", this chat" : ""
    }${thread.place === "elsewhere" ? ", in another chat" : ""}`,
  threadLabel: (title: string, number: number): string => `${number}. ${titleOf(title, LABEL)}`,

  files: "Files",
  filesTitle: (path: string, count: number): string =>
    count === 0
      ? `${path === "" ? "The thread's folder" : harmlessText(path, 80)} is empty.`
      : `${path === "" ? "The thread's folder" : harmlessText(path, 80)}. A file that you choose is sent here.`,
  folderIn: (name: string): string => `📁 ${harmlessText(name, LABEL)}`,
  zip: "Send this folder as a zip",
  up: "‹ Up",
  foldersTitle: "Where should Codex work?",
  noFolders:
    "No folder to choose from. Name one: `/codexchat new --cwd FOLDER`, or `/codexchat bind --cwd FOLDER`.",
  otherFolder: "Another folder",
  sameFolder: (cwd: string): string => `Same folder (${shortFolder(cwd)})`,
  folderLabel: (name: string): string => harmlessText(name, LABEL),

  modelsTitle: (current: string | undefined): string =>
    `Model: ${harmlessText(current ?? "Codex's default", 60)}. Choose another:`,
  noModels: "Codex did not list its models. `/codexchat model NAME` sets one.",
  chosen: (label: string): string => `✓ ${harmlessText(label, LABEL)}`,
  choice: (label: string): string => harmlessText(label, LABEL),
  effortsTitle: (model: string): string => `How hard should ${harmlessText(model, 60)} think?`,

  permissionsTitle: "What may Codex do in this chat?",
  permissionLines: {
    ask: "ask: works in its folder, asks before anything else",
    guardian: "guardian: as ask, but Codex's own reviewer decides",
    yolo: "yolo: no questions and no sandbox",
  },

  queueTitle: (waiting: readonly WaitingTurn[]): string =>
    [
      waiting.length === 0 ? "No message is waiting now." : "Waiting, next one first:",
      ...waiting.map(({ number, label }) => `${number}. ${harmlessText(label, TITLE)}`),
    ].join("\n"),

  page: (page: number, pages: number): string => `Page ${page + 1} of ${pages}`,
  failed: (reason: string): string => `That did not work: ${reason}`,
  staleTurn: "That turn has ended, so nothing was stopped or sent.",
  staleWaiting: "That message is not waiting any more, so nothing was dropped.",
  staleThread: "This chat has moved to another thread, so nothing was changed.",
  moved: "This card is further down.",
  staleCard: "That button was out of date. This is how it stands now:",

  /** Below a card where there are no buttons. */
  choices: (labels: readonly string[], isBare: boolean): string =>
    [
      ...labels.map((label, index) => `${index + 1}  ${label}`),
      isBare ? "Reply with a number." : "Send `/codexchat NUMBER` to choose.",
    ].join("\n"),
  noSuchNumber: (count: number): string =>
    count === 0
      ? "No list is open. `/codexchat` shows one."
      : `Choose a number from 1 to ${count}, or send \`/codexchat\` for a new list.`,
  whichNumber: (number: string): string =>
    `Is ${number} for the list, or for Codex's question? \`/codexchat ${number}\` chooses from the list; \`/codexchat approve ${number}\` answers Codex.`,
} as const;

function titleOf(title: string, length = TITLE): string {
  return harmlessText(title, length) || "(no title)";
}

/** The last two parts: enough to know it, short enough for a phone. */
export function shortFolder(cwd: string): string {
  const parts = cwd.split(/[\\/]/).filter((part) => part !== "");
  return harmlessText(parts.length <= 2 ? cwd : `…/${parts.slice(-2).join("/")}`, 40);
}

function limitsLine({ codex, now }: StatusFacts): string[] {
  const limits = codex?.limits ?? [];
  return limits.length === 0
    ? []
    : [`Limits: ${limits.map((limit) => limitInWords(limit, now)).join(" · ")}`];
}

function limitInWords({ usedPercent, windowMinutes, resetsAt }: CodexLimit, now: number): string {
  const name = windowMinutes === 7 * 24 * 60 ? "week" : windowInWords(windowMinutes);
  // The time of the reset, since a card stands for a while.
  const reset =
    resetsAt === undefined || resetsAt <= now ? "" : ` (resets ${shortTime(resetsAt, now)})`;
  return `${name} ${Math.round(usedPercent)} %${reset}`;
}

function windowInWords(minutes: number | undefined): string {
  return minutes === undefined ? "used" : shortDuration(minutes * 60_000);
}

function workLine(facts: HomeFacts): string {
  const { running, runningMs, waiting, workingElsewhere, isHeld, agents, now } = facts;
  const queued = waiting === 0 ? "" : `, ${waiting} ${isHeld ? "on hold" : "waiting"}`;
  if (workingElsewhere !== undefined) return `⏳ ${queueWords.waitsForPlace(workingElsewhere)}`;
  if (running) {
    const since = runningMs === undefined ? "" : ` since ${shortTime(now - runningMs, now)}`;
    return `▶ Working${since}${queued}`;
  }
  if (isHeld) return `⏸ On hold${queued}`;
  return agents.length === 0 ? "Nothing is running." : "▶ Sub-agents are working";
}

function goalLine({ objective, status }: Goal): string {
  return `🎯 ${harmlessText(objective, TITLE)}${status === "active" ? "" : ` (${status})`}`;
}
