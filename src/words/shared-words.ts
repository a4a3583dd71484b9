/** Sentences that more than one file of words needs. */
export const NOT_BOUND = "This chat is not bound to Codex.";
export const STEERED = "Sent to the running Codex turn.";
export const SIGN_IN = "Run codex login on the gateway's machine.";
export const NO_FILES_HERE = "OpenClaw cannot send files in this channel.";
