/**
 * Word that something has changed that a chat can be shown: what runs, what waits, how it is set. Whoever shows it looks
 * again. A reload's fresh copy takes the place of the one before it.
 */
import { processWide } from "./process-wide.js";

type Listener = (sessionFile: string) => void;

const heard = processWide("chat-changes", (): { listener?: Listener } => ({}));
/** Those of this copy, by who they are. */
const listeners = new Map<string, Listener>();

/** Called often, and before the change may be on disk: must not throw. */
export function onChange(who: string, listener: Listener): void {
  listeners.set(who, listener);
  heard.listener = (sessionFile) => {
    for (const hear of listeners.values()) hear(sessionFile);
  };
}

const progressed = processWide("chat-progress", (): { listener?: Listener } => ({}));

/** Hears whenever an item of a chat's thread begins or ends: more often than changes, and of no account to who shows those. */
export function onProgress(listener: Listener): void {
  progressed.listener = listener;
}

export function noteProgress(sessionFile: string): void {
  progressed.listener?.(sessionFile);
}

export function noteChange(sessionFile: string): void {
  heard.listener?.(sessionFile);
}
