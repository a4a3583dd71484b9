/** The changes that a turn wants to make to files: a request to make them names only the item. */
import * as z from "zod/mini";
import { asRecord, asString } from "../app-server/json.js";
import type { CodexNotification } from "../app-server/protocol.js";
import { continued } from "../words/foreign-text.js";
import { parts } from "./question.js";

const changeSchema = z.object({
  path: z.string(),
  /** Versions before 0.125 send the bare name. */
  kind: z.union([z.string(), z.object({ type: z.string(), move_path: z.nullish(z.string()) })]),
  diff: z.string(),
});

export type FileChange = z.infer<typeof changeSchema>;

export type FileChanges = {
  handleNotification(this: void, notification: CodexNotification): void;
  readRecord(this: void, items: readonly Record<string, unknown>[]): void;
  /** What an item changes; undefined where that is not known, or not wholly. */
  of(this: void, itemId: string): readonly FileChange[] | undefined;
};

/** `onChanged` hears of each item whose changes are others than they were. */
export function createFileChanges(onChanged: (itemId: string) => void = () => {}): FileChanges {
  const known = new Map<string, readonly FileChange[] | undefined>();
  function note(id: string | undefined, changes: unknown): void {
    if (id === undefined) return;
    const read = z.array(changeSchema).safeParse(changes);
    const now = read.success && read.data.length > 0 ? read.data : undefined;
    const isOther = known.has(id) && JSON.stringify(known.get(id)) !== JSON.stringify(now);
    known.set(id, now);
    if (isOther) onChanged(id);
  }
  function noteItem(item: Record<string, unknown> | undefined): void {
    if (item?.type === "fileChange") note(asString(item.id), item.changes);
  }
  return {
    handleNotification({ method, params }) {
      const named = asRecord(params);
      if (method === "item/started") noteItem(asRecord(named?.item));
      if (method === "item/fileChange/patchUpdated") note(asString(named?.itemId), named?.changes);
    },
    readRecord: (items) => items.forEach(noteItem),
    of: (itemId) => known.get(itemId),
  };
}

/** The changes as a person is shown them: all files first, so that no long change hides the next one's. */
export function changesToShow(changes: readonly FileChange[]): string[] {
  const heads = changes.map(headOf);
  const bodies = changes.map(({ diff }, index) => {
    const lines = diff.replace(/\n$/, "");
    return continued(lines === "" ? (heads[index] ?? "") : `${heads[index]}\n${lines}`);
  });
  return parts(changes.length > 1 ? heads.map(continued).join("\n") : "", bodies.join("\n"));
}

function headOf({ path, kind }: FileChange): string {
  const name = typeof kind === "string" ? kind : kind.type;
  const moved = typeof kind === "string" ? undefined : kind.move_path;
  return `${name} ${path}${moved === undefined || moved === null ? "" : ` → ${moved}`}`;
}
