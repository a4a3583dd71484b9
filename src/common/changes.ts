/**
 * Word that something has changed that a chat can be shown: what runs, what waits, how it is set. Whoever shows it looks
 * again. A reload's fresh copy takes the place of the one before it.
 */
import { processWide } from "./process-wide.js";

type Listener = (sessionFile: string) => void;

const heard = processWide("chat-changes", (): { listener?: Listener } => ({}));

/** Called often, and before the change may be on disk: must not throw. */
export function onChange(listener: Listener): void {
  heard.listener = listener;
}

export function noteChange(sessionFile: string): void {
  heard.listener?.(sessionFile);
}
