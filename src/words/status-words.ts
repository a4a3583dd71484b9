/** What `/codexchat status` says, a fact a line. */
import type { CodexAccount, CodexLimit } from "../app-server/account-facts.js";
import { planWords } from "./answer-words.js";
import { configUnread } from "./failure-words.js";
import { harmlessText } from "./foreign-text.js";
import type { ContextUsage } from "../thread/context-usage.js";
import type { Goal } from "../thread/goal.js";
import type { WorkNow } from "../thread/work-in-hand.js";
import { goalWords } from "./goal-words.js";
import { shortDuration, shortTime } from "./numbers.js";
import { progressWords } from "./progress-words.js";
import { queueWords } from "./queue-words.js";
import { questionWords } from "./question-words.js";
import { serverWords } from "./server-words.js";
import { threadWords } from "./thread-words.js";
import { watchWords } from "./watch-words.js";
import { SIGN_IN } from "./shared-words.js";

export type StatusFacts = {
  threadId: string;
  cwd: string;
  /** The name of its server, if there are several. */
  onServer?: string | undefined;
  model?: string | undefined;
  modelProvider?: string | undefined;
  effort?: string | undefined;
  fast: string;
  permissions: string;
  /** Whether plan mode is on, where the chat has switched it or a terminal has left it on. */
  plan?: boolean | undefined;
  /** False where the chat does not hear of other windows' turns. */
  follow?: boolean | undefined;
  context: ContextUsage | undefined;
  running: boolean;
  /** Milliseconds that the running turn has run, where it is known. */
  runningMs: number | undefined;
  /** What the running turn is about, where it is known. */
  work: WorkNow | undefined;
  waiting: number;
  /** How many turns are at work if the chat's next one waits for a place among them. */
  workingElsewhere?: number | undefined;
  /** With how many turns it has taken. */
  goal: (Goal & { turns: number }) | undefined;
  /** The names of the sub-agents that work. */
  agents: string[];
  /** Ids of the questions that nobody has answered yet. */
  openQuestions: string[];
  codex: CodexFacts | undefined;
  now: number;
};

/** What Codex itself said; each part is undefined where it did not say it in time. */
export type CodexFacts = {
  version: string | undefined;
  account: CodexAccount | undefined;
  limits: CodexLimit[] | undefined;
  /** Why Codex works without its configuration, if it does. */
  configProblem?: string | undefined;
};

export function statusText(facts: StatusFacts): string {
  return [
    `Codex thread: ${harmlessText(facts.threadId)}`,
    `Folder: ${harmlessText(facts.cwd)}`,
    ...(facts.onServer === undefined ? [] : [serverWords.on(facts.onServer)]),
    `Model: ${harmlessText(facts.model ?? "Codex's default")}${
      facts.modelProvider === undefined ? "" : ` (${harmlessText(facts.modelProvider)})`
    }${facts.effort === undefined ? "" : `, effort ${harmlessText(facts.effort, 40)}`}`,
    lineOf(facts.permissions),
    lineOf(facts.fast),
    ...(facts.plan === undefined ? [] : [lineOf(planWords.status(facts.plan))]),
    ...(facts.follow === false ? [watchWords.notFollowing] : []),
    ...(facts.context ? [threadWords.context(facts.context)] : []),
    turnLine(facts),
    ...workLine(facts.work),
    ...(facts.agents.length === 0 ? [] : [agentsLine(facts.agents)]),
    ...(facts.goal ? [goalWords.status(facts.goal, facts.goal.turns, facts.now)] : []),
    ...facts.openQuestions.map(
      (id) => `Codex is waiting for an answer: ${questionWords.showCommand(id)}`,
    ),
    ...codexLines(facts),
  ].join("\n");
}

/** Facts stand there without the full stop of a sentence. */
function lineOf(sentence: string): string {
  return sentence.replace(/\.$/, "");
}

function agentsLine(names: readonly string[]): string {
  const list = names.map((name) => harmlessText(name, 40)).join(", ");
  return `${names.length === 1 ? "Sub-agent" : "Sub-agents"} working: ${list}`;
}

function turnLine({ running, runningMs, waiting, workingElsewhere }: StatusFacts): string {
  if (workingElsewhere !== undefined) return queueWords.waitsForPlace(workingElsewhere);
  if (!running) return "No turn is running.";
  const age = runningMs === undefined ? "" : ` (${shortDuration(runningMs)})`;
  return `A turn is running${age}${waiting > 0 ? `, ${waiting} more waiting` : ""}.`;
}

/** Which sub-agents work stands in a line of its own. */
function workLine(work: WorkNow | undefined): string[] {
  const now = work && progressWords.work({ ...work, agents: [] });
  return now === undefined ? [] : [`Now: ${now}`];
}

function codexLines({ codex, now }: StatusFacts): string[] {
  if (!codex) return ["Codex is not responding right now."];
  return [
    ...(codex.configProblem === undefined ? [] : [configUnread(codex.configProblem)]),
    ...(codex.account ? [accountLine(codex.account)] : ["Codex did not say who is signed in."]),
    ...(codex.limits ?? []).map((limit) => limitLine(limit, now)),
    // Only such an account has limits.
    ...(codex.account?.kind === "chatgpt" && !codex.limits
      ? ["Codex did not report its limits in time."]
      : []),
    ...(codex.version === undefined ? [] : [`Codex ${harmlessText(codex.version, 40)}`]),
  ];
}

export function accountLine(account: CodexAccount): string {
  switch (account.kind) {
    case "chatgpt":
      return account.plan === undefined || account.plan === "unknown"
        ? "Account: ChatGPT"
        : `Account: ChatGPT, plan ${harmlessText(account.plan, 40)}`;
    case "apiKey":
      return "Account: API key";
    case "other":
      return `Account: ${harmlessText(account.name, 40)}`;
    case "none":
      return account.needed
        ? `Account: not signed in. ${SIGN_IN}`
        : "Account: not needed with this provider";
  }
}

/** How much of a limit is used up, and when it resets. */
export function limitLine(
  { usedPercent, windowMinutes, resetsAt }: CodexLimit,
  now: number,
): string {
  const reset =
    resetsAt === undefined || resetsAt <= now
      ? ""
      : `, resets in ${shortDuration(resetsAt - now)} (${shortTime(resetsAt, now)})`;
  return `${windowName(windowMinutes)} limit: ${Math.round(usedPercent)} % used${reset}`;
}

function windowName(minutes: number | undefined): string {
  if (minutes === undefined) return "Usage";
  if (minutes === 7 * 24 * 60) return "Weekly";
  return shortDuration(minutes * 60_000);
}
