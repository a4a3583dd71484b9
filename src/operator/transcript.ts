/** A thread's turns as a page shows them, read from Codex's record of them. */
import { asRecord, asString, isRecord } from "../app-server/json.js";
import { commandToRead } from "../common/shell-command.js";
import { itemsOf, type TurnRecord } from "../thread/turn-record.js";
import type { CutText, ThreadItem, ThreadTurn } from "./thread-facts.js";

/** Of one text: what somebody reads on a page, and a browser shows at once. */
const TEXT_KEPT = 20_000;
/** Of all texts of one answer: a gateway's connection takes no more than some megabytes at once. */
const ALL_KEPT = 1_000_000;
const LINE_KEPT = 300;
/** What an item, or a file of an edit, takes besides its texts. */
const THING_COSTS = 200;

/** How much of the answer's room is left. */
export type Room = { left: number };

export function roomOfAnswer(): Room {
  return { left: ALL_KEPT };
}

export function cutText(text: string, room: Room): CutText {
  const kept = Math.max(0, Math.min(TEXT_KEPT, room.left, text.length));
  room.left -= kept;
  return kept === text.length
    ? { text }
    : { text: text.slice(0, kept).toWellFormed(), left: text.length - kept };
}

/** Of names, paths and labels: their beginning, of which a page shows a line. */
export function cutLine(value: unknown, room: Room): string {
  const line = (asString(value) ?? "").slice(0, LINE_KEPT).toWellFormed();
  room.left -= line.length;
  return line;
}

export function shownTurn(turn: TurnRecord, room: Room): ThreadTurn {
  const { startedAt, durationMs, error } = turn;
  const message = asString(asRecord(error)?.message);
  return {
    id: cutLine(turn.id, room),
    status: cutLine(turn["status"] ?? "unknown", room),
    startedAt: typeof startedAt === "number" ? startedAt * 1000 : undefined,
    durationMs: typeof durationMs === "number" ? durationMs : undefined,
    error: message === undefined ? undefined : cutText(message, room),
    items: shownItems(itemsOf(turn), room),
  };
}

/** The last ones have the room, if it does not do for all. */
function shownItems(items: readonly Record<string, unknown>[], room: Room): ThreadItem[] {
  const shown: ThreadItem[] = [];
  for (const [at, item] of [...items.entries()].toReversed()) {
    if (room.left <= 0) {
      const leftOut = { id: "left out", type: "leftOut", about: String(at + 1) };
      return [{ kind: "other", ...leftOut }, ...shown.toReversed()];
    }
    room.left -= THING_COSTS;
    shown.push(...[shownItem(item, room) ?? []].flat());
  }
  return shown.toReversed();
}

function shownItem(item: Record<string, unknown>, room: Room): ThreadItem | undefined {
  const id = cutLine(item.id, room);
  const type = asString(item.type) ?? "unknown";
  const cut = (value: unknown): CutText => cutText(asString(value) ?? "", room);
  switch (type) {
    case "userMessage":
      return { kind: "asked", id, said: cutText(wordsOf(item.content), room) };
    case "agentMessage": {
      const isAnswer = item.phase !== "commentary" && item.phase !== "partial_answer";
      return { kind: "said", id, said: cut(item.text), isAnswer };
    }
    case "reasoning": {
      const said = texts(item.summary).join("\n\n");
      return said === "" ? undefined : { kind: "thought", id, said: cutText(said, room) };
    }
    case "plan":
      return { kind: "plan", id, said: cut(item.text) };
    case "commandExecution":
      return {
        kind: "command",
        id,
        command: cutText(commandToRead(asString(item.command) ?? ""), room),
        output: cut(item.aggregatedOutput),
        isRunning: item.status === "inProgress",
        exitCode: typeof item.exitCode === "number" ? item.exitCode : undefined,
        durationMs: typeof item.durationMs === "number" ? item.durationMs : undefined,
      };
    case "fileChange": {
      const changes = Array.isArray(item.changes) ? item.changes.filter(isRecord) : [];
      const files = changes.flatMap((change) => {
        // What there was room for last says that it was cut.
        if (room.left <= 0) return [];
        room.left -= THING_COSTS;
        const path = cutLine(change.path, room);
        return { path, kind: kindOf(change.kind), diff: cut(change.diff) };
      });
      return { kind: "change", id, files, status: cutLine(item.status, room) };
    }
    default: {
      const about = [item.server, item.namespace, item.tool, item.query, item.path, item.agentPath];
      const line = cutLine(texts(about).join(" "), room);
      return { kind: "other", id, type: cutLine(type, room), about: line };
    }
  }
}

function kindOf(kind: unknown): "add" | "delete" | "update" {
  const type = asString(asRecord(kind)?.type);
  return type === "add" || type === "delete" ? type : "update";
}

/** The person's words stand last, behind what the message stood in; a picture has none. */
function wordsOf(content: unknown): string {
  const parts = Array.isArray(content) ? content.filter(isRecord) : [];
  return asString(parts.findLast(({ type }) => type === "text")?.text) ?? "";
}

function texts(values: unknown): string[] {
  return Array.isArray(values) ? values.filter((value) => typeof value === "string") : [];
}
