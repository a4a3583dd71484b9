/** What a turn has done and has in hand, for the words about one that does not come to its end. */
import { asRecord, asString, isRecord } from "../app-server/json.js";
import type { CodexNotification } from "../app-server/protocol.js";
import { noticeIn, type Denial } from "./notices.js";

export type WorkDone = {
  /** How many commands ran to their end, be it a good one or not. */
  commands: number;
  lastCommand: string | undefined;
  /** Paths of the files that were changed, each once. */
  files: string[];
  /** The command that was still running. */
  unfinished: string | undefined;
  /** What had been said when it ended before its time. */
  said: string;
};

/** What Codex's own reviewer said. */
export type ReviewNews = {
  denials: Denial[];
  /** Its last warning, as that it ends the turn. */
  warning: string | undefined;
};

export type TurnWork = {
  /** Wants to see everything from before the turn's start; deltas are of no use to it. */
  handleNotification(this: void, notification: CodexNotification): void;
  /** Takes the turn's items as its thread remembers them, whether some were seen or not. */
  readRecord(this: void, items: readonly Record<string, unknown>[]): void;
  /** Codex's ids of the processes of commands that run. */
  runningProcesses(this: void): string[];
  /** What the turn had said, of one that does not come to its end. */
  noteSaid(this: void, text: string): void;
  done(this: void): WorkDone;
  reviews(this: void): ReviewNews;
};

type Command = { text: string; processId: string | undefined };

/** Whoever makes one gives it one turn's notifications or its record, or the record first. */
export function createTurnWork(): TurnWork {
  const running = new Map<string, Command>();
  const startedChanges = new Set<string>();
  const files = new Set<string>();
  const counted = new Set<string>();
  let commands = 0;
  let lastCommand: string | undefined;
  let said = "";
  const denials: Denial[] = [];
  let warning: string | undefined;

  function start(item: Record<string, unknown>): void {
    const id = asString(item.id);
    if (id === undefined || counted.has(id)) return;
    if (item.type === "commandExecution") running.set(id, readCommand(item));
    if (item.type === "fileChange") startedChanges.add(id);
  }

  /** An item of the turn before can complete in this one, as its killed command does: its start was not seen. */
  function complete(item: Record<string, unknown>): void {
    const id = asString(item.id);
    if (id === undefined) return;
    if (item.type === "commandExecution" && running.delete(id) && item.status !== "declined") {
      counted.add(id);
      commands += 1;
      lastCommand = readCommand(item).text;
    }
    if (item.type === "fileChange" && startedChanges.delete(id) && item.status === "completed") {
      for (const path of pathsOf(item)) files.add(path);
    }
  }

  return {
    handleNotification(notification) {
      const notice = noticeIn(notification);
      if (notice?.kind === "denied") denials.push(notice.denial);
      if (notice?.kind === "reviewer's warning") warning = notice.message;
      const { method, params } = notification;
      if (method !== "item/started" && method !== "item/completed") return;
      const item = asRecord(asRecord(params)?.item);
      if (!item) return;
      if (method === "item/started") start(item);
      else complete(item);
    },
    readRecord(items) {
      for (const item of items) {
        start(item);
        if (item.status !== "inProgress") complete(item);
      }
    },
    runningProcesses: () =>
      [...running.values()].flatMap(({ processId }) =>
        processId === undefined ? [] : [processId],
      ),
    noteSaid(text) {
      if (text !== "") said = text;
    },
    reviews: () => ({ denials: [...denials], warning }),
    done: () => ({
      commands,
      lastCommand,
      files: [...files],
      unfinished: [...running.values()].at(-1)?.text,
      said,
    }),
  };
}

/** Why a turn may have been interrupted that no person stopped. */
export function reviewsOf(work: TurnWork, stopped: AbortSignal): { reviews?: ReviewNews } {
  const reviews = work.reviews();
  const hasSpoken = reviews.denials.length > 0 || reviews.warning !== undefined;
  return hasSpoken && !stopped.aborted ? { reviews } : {};
}

function readCommand(item: Record<string, unknown>): Command {
  return { text: commandTextOf(item), processId: asString(item.processId) };
}

/** What was to be run, without the shell that Codex 0.169 wraps around it. */
export function commandTextOf(item: Record<string, unknown>): string {
  const actions = Array.isArray(item.commandActions) ? item.commandActions.filter(isRecord) : [];
  const inner = actions.length === 1 ? asString(actions[0]?.command) : undefined;
  const whole = asString(item.command) ?? "";
  return inner ?? /^\S*sh -l?c '?(.*?)'?$/s.exec(whole)?.[1] ?? whole;
}

function pathsOf(item: Record<string, unknown>): string[] {
  const changes = Array.isArray(item.changes) ? item.changes.filter(isRecord) : [];
  return changes.flatMap((change) => {
    // A file that was moved is looked for at its new place.
    const path = asString(asRecord(change.kind)?.move_path) ?? asString(change.path);
    return path === undefined ? [] : [path];
  });
}
