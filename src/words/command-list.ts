/** The list of what a person can say to /codexchat. */
import { harmlessText } from "./foreign-text.js";

/** Each subcommand of /codexchat: how it is written, and what it does. */
export const COMMANDS = {
  bind: {
    usage:
      "/codexchat bind [THREAD-ID|PROJECT] [--on SERVER] [--cwd FOLDER] [--model MODEL] [--provider NAME]",
    purpose: "puts this chat on a new thread or an old one",
  },
  allow: {
    usage: "/codexchat allow",
    purpose: "allows the bind that you asked for, on a channel without buttons",
  },
  detach: { usage: "/codexchat detach", purpose: "unbinds this chat (also: unbind)" },
  status: {
    usage: "/codexchat status",
    purpose: "shows the thread, its settings and what runs",
  },
  stop: {
    usage: "/codexchat stop [all]",
    purpose: "stops what runs; all: also drops what waits",
  },
  steer: {
    usage: "/codexchat steer [TEXT]",
    purpose: "tells the running turn TEXT, or your next message",
  },
  side: {
    usage: "/codexchat side TEXT",
    purpose: "asks something while a turn runs",
  },
  queue: {
    usage: "/codexchat queue [drop NUMBER|edit NUMBER TEXT|hold|go]",
    purpose: "the waiting messages",
  },
  approve: {
    usage: "/codexchat approve [ID|denied] [always|rule|NUMBER]",
    purpose: "says yes to Codex's question",
  },
  deny: { usage: "/codexchat deny [ID] [REASON]", purpose: "says no to Codex's question" },
  answer: {
    usage: "/codexchat answer [ID] TEXT",
    purpose: "answers in your own words",
  },
  show: { usage: "/codexchat show [ID]", purpose: "shows a long question in full" },
  threads: {
    usage: "/codexchat threads [WORDS]",
    purpose: "lists threads, newest first",
  },
  resume: { usage: "/codexchat resume THREAD-ID", purpose: "continues that thread here" },
  new: {
    usage:
      "/codexchat new [PROJECT] [--on SERVER] [--cwd FOLDER] [--worktree BRANCH] [--model MODEL] [--provider NAME]",
    purpose: "starts a new thread",
  },
  worktree: {
    usage: "/codexchat worktree [remove]",
    purpose: "shows the git worktree, or removes it",
  },
  fork: {
    usage: "/codexchat fork [NUMBER]",
    purpose: "continues in a copy of the thread",
  },
  undo: { usage: "/codexchat undo", purpose: "takes the last turn back" },
  rename: { usage: "/codexchat rename TITLE", purpose: "names the thread" },
  compact: {
    usage: "/codexchat compact",
    purpose: "frees context with a summary",
  },
  review: {
    usage: "/codexchat review [branch NAME|commit HASH|WORDS]",
    purpose: "reviews uncommitted changes, or what you name",
  },
  goal: {
    usage: "/codexchat goal [TEXT|pause|resume|clear]",
    purpose: "has Codex work until TEXT is reached",
  },
  ls: { usage: "/codexchat ls [PATH]", purpose: "lists the thread's folder" },
  send: { usage: "/codexchat send PATH", purpose: "sends a file or folder here" },
  diff: {
    usage: "/codexchat diff [file|last]",
    purpose: "shows what has changed; last: Codex's last edits",
  },
  history: {
    usage: "/codexchat history [NUMBER]",
    purpose: "shows the last questions and answers",
  },
  models: { usage: "/codexchat models", purpose: "lists the models" },
  model: { usage: "/codexchat model [MODEL]", purpose: "shows or sets the model" },
  effort: {
    usage: "/codexchat effort [LEVEL|default]",
    purpose: "shows or sets how hard it thinks",
  },
  personality: {
    usage: "/codexchat personality [friendly|pragmatic|none]",
    purpose: "shows or sets how the model speaks, before Codex 0.169",
  },
  fast: { usage: "/codexchat fast [on|off|status]", purpose: "switches fast mode" },
  plan: {
    usage: "/codexchat plan [TEXT|implement|off]",
    purpose: "has Codex plan before it works",
  },
  skills: { usage: "/codexchat skills [NAME [TEXT]]", purpose: "lists skills, or runs one" },
  mcp: {
    usage: "/codexchat mcp [NAME|login NAME|reload]",
    purpose: "tool servers",
  },
  ps: { usage: "/codexchat ps [end ID|end all]", purpose: "running commands" },
  handover: { usage: "/codexchat handover", purpose: "continues in a terminal" },
  permissions: {
    usage: "/codexchat permissions [ask|guardian|yolo|status]",
    purpose: "shows or sets what Codex may do",
  },
  init: { usage: "/codexchat init", purpose: "has Codex write AGENTS.md for this folder" },
  watch: {
    usage: "/codexchat watch [THREAD-ID|off]",
    purpose: "tells you when another thread is done",
  },
  follow: {
    usage: "/codexchat follow [on|off]",
    purpose: "whether a terminal's turns are shown here",
  },
  login: {
    usage: "/codexchat login [cancel]",
    purpose: "signs Codex in by a code; for owners, in a private chat",
  },
  logout: { usage: "/codexchat logout [yes]", purpose: "signs Codex out; for owners" },
  limits: {
    usage: "/codexchat limits [reset]",
    purpose: "shows the account's limits and tokens; reset: uses a reset credit",
  },
  servers: {
    usage: "/codexchat servers",
    purpose: "lists the Codex servers, if there are several",
  },
  help: { usage: "/codexchat help [more]", purpose: "lists the commands" },
} as const;

export type SubcommandName = keyof typeof COMMANDS;

/** Shown to somebody who wrote a subcommand in a wrong way, where its usage alone leaves room for doubt. */
export const EXAMPLES: Readonly<Partial<Record<SubcommandName, string>>> = {
  bind: "/codexchat bind --cwd ~/projects/my-app",
  queue: "/codexchat queue drop 2",
  approve: "/codexchat approve always",
  answer: "/codexchat answer the second one",
  new: "/codexchat new --cwd ~/projects/my-app",
  rename: "/codexchat rename Login page",
  review: "/codexchat review branch main",
  goal: "/codexchat goal make all tests pass",
  send: "/codexchat send src/app.ts",
  model: "/codexchat model gpt-5.5",
  effort: "/codexchat effort high",
  permissions: "/codexchat permissions guardian",
};

/** The chat is told of it when there is something to allow. */
const SAID_WHERE_NEEDED: ReadonlySet<string> = new Set(["allow"]);

/** What people need now and then: the first page names them, the second says what they do. */
const MORE: ReadonlySet<string> = new Set<SubcommandName>([
  "show",
  "worktree",
  "rename",
  "compact",
  "models",
  "personality",
  "fast",
  "skills",
  "mcp",
  "ps",
  "handover",
  "init",
  "watch",
  "follow",
  "login",
  "logout",
  "limits",
  "servers",
]);

/**
 * The list of subcommands, the daily ones or the others; `maxLines` is what a message of the channel has. `/codexchat`
 * stands at the top once: before each of them it would leave no room for what they do.
 */
export function commandHelp(page: "daily" | "more", maxLines = Infinity): string {
  const names = Object.entries(COMMANDS).filter(([name]) => !SAID_WHERE_NEEDED.has(name));
  const lines = names
    .filter(([name]) => MORE.has(name) === (page === "more"))
    .map(([, { usage, purpose }]) => `• \`${shortUsage(usage)}\`: ${purpose}`);
  const others = `\`help more\` explains ${[...MORE].join(", ")}.`;
  const around =
    page === "daily"
      ? { top: "Codex in this chat.", end: [others] }
      : { top: "The rest.", end: [] };
  const perLine = Math.ceil(lines.length / (maxLines - 1 - around.end.length)) || 1;
  const rows = lines.flatMap((_, at) =>
    at % perLine === 0 ? [lines.slice(at, at + perLine).join(" ")] : [],
  );
  return [`${around.top} Type \`/codexchat\` before each:`, ...rows, ...around.end].join("\n");
}

/** @param meant the one that was most likely meant */
export function noSuchCommand(typed: string, meant: string | undefined): string {
  const guess = meant === undefined ? "" : ` Did you mean \`/codexchat ${meant}\`?`;
  return `There is no /codexchat ${harmlessText(typed, 40)}.${guess} \`/codexchat help\` lists all commands.`;
}

/** The options are shown to whoever gets them wrong: a list on a phone has no room for them. */
function shortUsage(usage: string): string {
  return usage.replace(/^\/codexchat /, "").replace(/(?: \[--[^\]]*\])+/, " [OPTIONS]");
}
