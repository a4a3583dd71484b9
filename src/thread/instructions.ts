/** What Codex is told, and no person. */

/** Stands in the thread as its person's message. */
export const CONTINUE_AFTER_LIMIT =
  "The usage limit that stopped you has been reset. Continue where you left off.";

export const DEVELOPER_INSTRUCTIONS =
  "This thread is bound to an OpenClaw conversation: a person reads it in a chat, often on a phone. The final answer of each turn is delivered there, so let it stand on its own. The person can have a file of the workspace sent to the chat with /codexchat send PATH: name files by their paths.";
