/** What `openclaw codexchat` prints for people; `--json` has the facts alone. */
import type { AuditLine } from "../host/audit-line.js";
import type { BoundChat, ChatDetails, DetachedChat, DoctorAnswer } from "../operator/facts.js";
import { terminalLine } from "./foreign-text.js";
import { shortAge, shortDuration } from "./numbers.js";
import { fitted, row, TERMINAL_COLUMNS, wrapped } from "./terminal-table.js";

/** So much of a session tells it from the others in nearly all cases; the beginning of one is enough in a command. */
const SHORT_DIGEST = 8;
const INSTEAD = {
  chats: "this is what is stored on this machine: no titles, and not what runs",
  log: "this is the log on this machine",
  looked: "this command has looked by itself, on this machine",
};
const STILL_BOUND = "Run this to see whether the chat is still bound: openclaw codexchat list";
/** Of a finding. */
const SAID = 2000;

export const cliWords = {
  about: "See and manage the chats that are bound to Codex",
  list: "List the bound chats, and what runs in each",
  show: "Show one bound chat",
  detach: "Detach a chat from Codex: OpenClaw's own agent answers there again",
  audit: "Show who did what, the newest last",
  auditChat: "only what concerns this chat: a session or its beginning, or the chat's own id",
  auditEvent: "only this kind: bind, detach, decision, permissions, …",
  auditLimit: "so many lines, 20 unless you say otherwise",
  doctor: "Look for what is wrong, and say what to run",
  json: "Print JSON (see docs/cli.md)",
  whichChat: "SESSION from the list or its beginning, a thread's id, or the chat's own id",

  chats: (chats: readonly BoundChat[], now: number): string =>
    chats.length === 0
      ? wrapped("No chat is bound to Codex. Send /codexchat bind in a chat to bind it.")
      : [
          columns("SESSION", "CHAT", "STATE", "ACTIVE"),
          ...chats.map((chat) => chatLines(chat, shortSessions(chats), now)),
        ].join("\n"),

  details: (chat: ChatDetails, now: number): string =>
    facts([
      ["Session", chat.session],
      ["Channel", chat.account === undefined ? chat.channel : `${chat.channel} (${chat.account})`],
      ["Chat", chat.chat],
      ["Bound", chat.boundAt],
      ["Bound by", chat.boundBy],
      ["State", stateOf(chat)],
      ["Problem", chat.problem],
      ["Questions", chat.questions?.join(", ")],
      ["Goal", chat.goal && `${chat.goal.status}, ${chat.goal.turns} turns`],
      ["Sub-agents", chat.agents?.join(", ")],
      ["Last active", ageOf(chat, now)],
      ["Thread", chat.thread],
      ["Title", chat.title],
      ["Folder", chat.folder],
      ["Server", chat.server],
      ["Model", chat.model],
      ["Effort", chat.effort],
      ["Permissions", chat.permissions],
      ["Plan mode", chat.plan === undefined ? undefined : chat.plan ? "on" : "off"],
    ]),

  detached: ({ session, thread, stopped }: DetachedChat): string =>
    [
      `${fitted(session, 60)} is detached from Codex${stopped ? ", and its running turn is being stopped" : ""}.`,
      ...(thread === undefined
        ? []
        : [`Its thread is kept. In a chat: /codexchat bind ${terminalLine(thread)}`]),
    ].join("\n"),
  notDetached: (why: "away" | "refused", reason: string): string =>
    why === "away"
      ? [
          wrapped(
            `The gateway did not answer (${shortReason(reason)}), and only the running gateway can detach a chat.`,
          ),
          "If it does not run, start it and run this again: openclaw gateway start",
          STILL_BOUND,
        ].join("\n")
      : [
          wrapped(`The gateway did not detach the chat: ${shortReason(reason)}`),
          wrapped(
            "Either this terminal lacks the right operator.write (openclaw devices list shows what waits for approval), or the gateway runs another version of the plugin (openclaw gateway restart).",
          ),
          STILL_BOUND,
        ].join("\n"),

  auditLines: (lines: readonly AuditLine[]): string =>
    lines.length === 0 ? "The audit log has nothing of that." : lines.map(auditLine).join("\n"),
  auditLimitWrong: (most: number): string => `--limit takes a number from 1 to ${most}.`,

  diagnosis: ({ about, findings }: DoctorAnswer): string => {
    const actions = findings.filter(({ level }) => level === "action");
    const notes = findings.filter(({ level }) => level === "note");
    return [
      wrapped(about),
      ...actions.map((finding) => `\n! ${said(finding.problem)}\n  Run: ${said(finding.run)}`),
      ...notes.map((finding) => `\n- ${said(finding.problem)}\n  Run: ${said(finding.run)}`),
      `\n${actions.length === 0 ? "Nothing needs to be done." : actions.length === 1 ? "One thing needs to be done." : `${actions.length} things need to be done.`}`,
    ].join("\n");
  },

  noSuchChat: (name: string): string =>
    wrapped(`No bound chat is called ${fitted(name, 60)}. Run: openclaw codexchat list`),
  severalChats: (name: string, sessions: readonly string[]): string =>
    [
      wrapped(`Several chats begin with ${fitted(name, 40)}. Type more of it:`),
      ...sessions.map((session) => `  ${fitted(session, 76)}`),
    ].join("\n"),

  /** The gateway was asked, and this is not its answer. */
  withoutGateway: (
    why: "away" | "refused",
    reason: string,
    instead: "chats" | "log" | "looked",
  ): string =>
    wrapped(
      `The gateway ${why === "away" ? "did not answer" : "said no"} (${shortReason(reason)}), so ${INSTEAD[instead]}.`,
    ),
  failed: (reason: string): string => wrapped(`It did not work: ${shortReason(reason)}`),
};

/** The first line says what happened; those that follow are about the way to the gateway. */
export function shortReason(reason: string): string {
  const [line = ""] = reason.trim().split("\n");
  return fitted(line.replace(/[.:]+$/, ""), 200);
}

/** One line of any length: it may have to be copied. */
function said(text: string): string {
  const line = terminalLine(text.slice(0, SAID + 1));
  return line.length > SAID ? `${line.slice(0, SAID - 1).toWellFormed()}…` : line;
}

function auditLine({
  at,
  event,
  by,
  channel,
  senderId,
  session,
  outcome,
  text,
}: AuditLine): string {
  const who = [by, channel, senderId].filter((part) => part !== undefined).join(" ");
  return [
    row([
      [at.slice(0, 19).replace("T", " "), 19],
      [event, 16],
      [who, 41],
    ]),
    `  ${row([
      [session, 33],
      [outcome ?? "", 43],
    ])}`,
    ...(text === undefined || text === "" ? [] : [`  ${fitted(text, TERMINAL_COLUMNS - 2)}`]),
  ].join("\n");
}

function columns(session: string, chat: string, state: string, active: string): string {
  return row([
    [session, 19],
    [chat, 18],
    [state, 25],
    [active, 12],
  ]);
}

function chatLines(chat: BoundChat, sessions: ReadonlyMap<string, string>, now: number): string {
  const what = [chat.title, chat.folder].filter((text) => text !== undefined);
  return [
    columns(
      sessions.get(chat.session) ?? chat.session,
      chat.chat ?? "(not known)",
      stateOf(chat),
      ageOf(chat, now) ?? "",
    ),
    ...(what.length === 0 ? [] : [`  ${aboutLine(what)}`]),
  ].join("\n");
}

/** A title's beginning and a folder's end say the most. */
function aboutLine(what: readonly string[]): string {
  const room = TERMINAL_COLUMNS - 2;
  const [first = "", folder] = what;
  if (folder === undefined) return fitted(first, room);
  const title = fitted(first, 44);
  const end = folder.length > 30 ? `…${folder.slice(-29).toWellFormed()}` : folder;
  return fitted(`${title}  ${terminalLine(end)}`, room);
}

/** The sessions as far as they have to be typed to tell them apart. */
function shortSessions(chats: readonly BoundChat[]): Map<string, string> {
  const names = chats.map(({ session }) => session);
  return new Map(
    names.map((name) => {
      const least = name.lastIndexOf("-") + 1 + SHORT_DIGEST;
      let length = Math.min(least, name.length);
      const isShared = (): boolean =>
        names.some((other) => other !== name && other.startsWith(name.slice(0, length)));
      while (length < name.length && isShared()) length += 1;
      return [name, name.slice(0, length)];
    }),
  );
}

function stateOf({ state, runningMs, waiting = 0, questions = [] }: BoundChat): string {
  const more = waiting > 0 ? `, ${waiting} waiting` : "";
  switch (state) {
    case "running":
      return `running${runningMs === undefined ? "" : ` ${shortDuration(runningMs)}`}${more}`;
    case "asks":
      return `asks ${questions.length}${more}`;
    case "waiting":
      return `${waiting} waiting`;
    case "goal":
    case "held":
      return `${state}${more}`;
    case "idle":
    case "lost":
    case "stranded":
    case "asked":
    case "unknown":
      return state;
  }
}

function ageOf({ lastActivityAt }: BoundChat, now: number): string | undefined {
  return lastActivityAt === undefined ? undefined : shortAge(now - lastActivityAt);
}

function facts(lines: readonly (readonly [name: string, value: string | undefined])[]): string {
  return lines
    .flatMap(([name, value]) =>
      value === undefined || value === "" ? [] : [`${name.padEnd(12)} ${fitted(value, 400)}`],
    )
    .join("\n");
}
