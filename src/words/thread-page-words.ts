/** What the page of one thread says. It runs in a browser, so this needs nothing of Node. */
import type { ChatDetails } from "../operator/facts.js";
import type { ThreadItem, ThreadTurn } from "../operator/thread-facts.js";
import { shortCount, shortDuration, shortTime } from "./numbers.js";

type Command = Extract<ThreadItem, { kind: "command" }>;

export const threadPageWords = {
  back: "← All chats",
  transcript: "Transcript",
  loading: "Loading the thread…",
  nothingYet: "This thread is empty.",
  gone: "This chat is not bound to Codex any more.",
  several: "More than one chat has this name, so nothing was done.",
  noTurns: (reason: string): string => `The turns could not be read: ${reason}`,
  failedToRead: (reason: string): string => `The thread could not be read: ${reason}`,
  earlier: "Show earlier turns",
  questions: "Codex asks",
  waiting: "Waiting messages",
  decisions: "Who decided what",
  decision: (at: string, who: string, outcome: string): string =>
    `${at.slice(0, 16).replace("T", " ")} UTC · ${who} · ${outcome}`,
  nobody: "nobody",

  messageBox: "Message to Codex",
  messageHint: "Write to Codex. The chat sees it, and gets the answer, too.",
  send: "Send",
  steer: "Add to the running turn",
  stop: "Stop",
  answerBox: "Your answer",
  answer: "Answer",
  drop: (number: number): string => `Drop message ${number}`,
  dropShort: "Drop",
  hold: "Hold the queue",
  release: "Run the queue",
  detach: "Detach",
  detachSure:
    "Detach the chat? Its messages then go to OpenClaw's own agent, and you can bind it to this thread again.",
  detachYes: "Yes, detach",
  cancel: "Cancel",
  mayNotWrite: "You may look here, and not act: that needs the right operator.write.",
  notDone: (reason: string): string => `It was not done: ${reason}`,

  about: ({ model, effort, permissions, boundBy }: ChatDetails): string =>
    [
      ...(model === undefined ? [] : [`model ${model}`]),
      ...(effort === undefined ? [] : [`effort ${effort}`]),
      ...(permissions === undefined ? [] : [`permissions ${permissions}`]),
      ...(boundBy === undefined ? [] : [`bound by ${boundBy}`]),
    ].join(" · "),

  turn: ({ status, startedAt, durationMs }: ThreadTurn): string =>
    [
      startedAt === undefined ? "Turn" : `Turn of ${shortTime(startedAt, startedAt - YEAR_MS)}`,
      status === "inProgress" ? "running" : status,
      ...(durationMs === undefined ? [] : [shortDuration(durationMs)]),
    ].join(" · "),
  asked: "Asked",
  said: "Codex, meanwhile",
  answered: "Codex",
  thought: "Reasoning",
  plan: "Plan",
  failed: "The turn failed",
  command: ({ isRunning, exitCode, durationMs }: Command): string => {
    if (isRunning) return "Command, running";
    const lasted = durationMs === undefined ? "" : `, ${shortDuration(durationMs)}`;
    return exitCode === undefined ? `Command${lasted}` : `Command, exit code ${exitCode}${lasted}`;
  },
  output: (text: string): string => {
    const lines = text.replace(/\n$/, "").split("\n").length;
    return `Output, ${lines} line${lines === 1 ? "" : "s"}`;
  },
  change: (status: string): string => {
    if (status === "inProgress") return "Edit, under way";
    return status === "completed" ? "Edit" : `Edit, ${status}`;
  },
  file: (kind: "add" | "delete" | "update", path: string): string =>
    ({ add: "New", delete: "Deleted", update: "Changed" })[kind] + `: ${path}`,
  other: (type: string): string => OTHER.get(type) ?? type,
  left: (count: number): string => `${shortCount(count)} more characters are not shown.`,
};

/** Far from the time that is told, so that its day is told, too. */
const YEAR_MS = 365 * 24 * 60 * 60_000;

const OTHER: ReadonlyMap<string, string> = new Map([
  ["mcpToolCall", "Tool"],
  ["dynamicToolCall", "Tool"],
  ["webSearch", "Web search"],
  ["collabAgentToolCall", "Sub-agent"],
  ["subAgentActivity", "Sub-agent"],
  ["imageView", "Looked at a picture"],
  ["imageGeneration", "Made a picture"],
  ["contextCompaction", "The thread was compacted"],
  ["enteredReviewMode", "A review began"],
  ["exitedReviewMode", "The review ended"],
  ["sleep", "Pause"],
  ["leftOut", "Earlier items that are not shown"],
]);
