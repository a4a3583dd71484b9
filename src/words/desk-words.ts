/** What is said when the operator writes into a chat from the page in the browser. */
import { exactText } from "./foreign-text.js";

export const deskWords = {
  /** In the chat, before Codex gets it. */
  said: (text: string): string => `🖥️ From the desk:\n${exactText(text)}`,
  given: "Codex has the message.",
  waits: "The message waits in line.",
  unreachable: "The chat cannot be reached at the moment, so nothing was sent.",
};
