import type { ChannelMessage } from "../test/support/channel-service.js";

/** What stands in a chat, with its time. */
export interface DemoEntry extends ChannelMessage {
  /** ISO 8601. */
  readonly at: string;
}

/** Whether somebody said something new: an edit that only takes the buttons away says nothing. */
export function isSaid(entry: DemoEntry, before: readonly DemoEntry[]): boolean {
  if (entry.kind === "delete") return false;
  if (entry.kind !== "edit") return true;
  const earlier = before.findLast(({ id, kind }) => id === entry.id && kind !== "click");
  return earlier?.text !== entry.text;
}
