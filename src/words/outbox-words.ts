/** What a chat hears of messages to it that did not go through as they should. */
import { serverWords } from "./server-words.js";
import { harmlessText } from "./foreign-text.js";

const BEGINNING = 80;
const REASON = 200;

export const outboxWords = {
  repeat: "(This may be a repeat.)",

  /** In the place of a message that the channel does not take. */
  notShown: (reason: string): string =>
    `Part of Codex's answer could not be shown here: ${harmlessText(reason, REASON)}.`,
  mayBeMissing: (text: string): string =>
    `The connection failed while a message was sent, so it may be missing above. It begins: “${harmlessText(text, BEGINNING)}”`,

  wholeInFile: (name: string): string => `The whole answer follows as ${name}.`,

  moved: (kept: { threadId: string; server?: string | undefined } | undefined): string =>
    [
      "Telegram made this group a supergroup with a new id, so OpenClaw no longer passes its messages to Codex.",
      kept === undefined
        ? "To continue, send: `/codexchat bind`"
        : `To continue with the same thread, send: \`/codexchat bind ${serverWords.thread(kept.threadId, kept.server)}\``,
    ].join("\n"),
};
