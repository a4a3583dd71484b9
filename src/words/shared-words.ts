/** Sentences that more than one file of words needs. */
import { harmlessText } from "./foreign-text.js";

export const NOT_BOUND = "This chat is not bound to Codex.";
export const STEERED = "Sent to the running Codex turn.";
export const STALE_BUTTON = "This button no longer works.";
export const FILES_STAY = "Files stay as they are.";
export const NOTHING_SAID = "Nothing was said on this thread yet.";
export const SIGN_IN =
  "Run codex login on the gateway's machine, or have an owner send `/codexchat login` in a private chat.";
export const NO_FILES_HERE = "OpenClaw cannot send files in this channel.";

const ASKED = 200;

/** What a person asked in a turn, as it is named in a sentence. */
export function questionOf(asked: readonly string[]): string {
  return asked.length === 0
    ? "a turn that Codex began by itself"
    : `“${harmlessText(asked.join(" · "), ASKED)}”`;
}
