import type { Button, UploadedFile } from "./telegram-wire.js";

/** What stands in a chat, or happens to what stands there; in the order in which it happened. */
export interface TranscriptEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly chat: number;
  readonly from: "person" | "bot";
  /** `click` is a person's press of a button; `notice` the toast that answers it. */
  readonly kind:
    | "message"
    | "photo"
    | "document"
    | "voice"
    | "edit"
    | "delete"
    | "click"
    | "notice";
  /** The message concerned; 0 for a notice. */
  readonly messageId: number;
  /** As its reader sees it, without markup; of a photo or document its caption, of a click the button's label. */
  readonly text: string;
  readonly buttons: readonly (readonly Button[])[];
  readonly files: readonly UploadedFile[];
}

/** Whether somebody said something new: an edit that only takes the buttons away says nothing. */
function isSaid(entry: TranscriptEntry, before: readonly TranscriptEntry[]): boolean {
  if (entry.kind === "delete") return false;
  if (entry.kind !== "edit") return true;
  const earlier = before.findLast(
    ({ messageId, kind }) => messageId === entry.messageId && kind !== "click",
  );
  return earlier?.text !== entry.text;
}

/** What was said, in order, of all that happened. */
export function saidOf(entries: readonly TranscriptEntry[]): TranscriptEntry[] {
  return entries.filter((entry, index) => isSaid(entry, entries.slice(0, index)));
}

export function describeEntry({ chat, from, kind, text, buttons }: TranscriptEntry): string {
  const labels = buttons.flat().map((button) => ` [${button.text}]`);
  return `${chat} ${from} ${kind}: ${text}${labels.join("")}`;
}
