/** The files that a turn's changes are about: a request to change them names only the item. */
import { asRecord, asString, isRecord } from "../app-server/json.js";
import type { CodexNotification } from "../app-server/protocol.js";

export type FileChanges = {
  handleNotification(this: void, notification: CodexNotification): void;
  readRecord(this: void, items: readonly Record<string, unknown>[]): void;
  /** The files of a change, each with what happens to it; empty where the item is not known. */
  of(this: void, itemId: string): string[];
};

export function createFileChanges(): FileChanges {
  const files = new Map<string, string[]>();
  function note(item: Record<string, unknown> | undefined): void {
    const id = asString(item?.id);
    if (item?.type !== "fileChange" || id === undefined || !Array.isArray(item.changes)) return;
    files.set(id, item.changes.filter(isRecord).map(describe));
  }
  return {
    handleNotification({ method, params }) {
      if (method === "item/started") note(asRecord(asRecord(params)?.item));
    },
    readRecord: (items) => items.forEach(note),
    of: (itemId) => files.get(itemId) ?? [],
  };
}

function describe(change: Record<string, unknown>): string {
  const kind = asString(asRecord(change.kind)?.type) ?? asString(change.kind) ?? "change";
  const moved = asString(asRecord(change.kind)?.move_path);
  return `${kind} ${asString(change.path) ?? "?"}${moved === undefined ? "" : ` → ${moved}`}`;
}
