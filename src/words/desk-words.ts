/** What is said when the operator writes into a chat from the page in the browser. */
import { exactText } from "./foreign-text.js";

export const deskWords = {
  /** In the chat, before Codex gets it. */
  said: (text: string): string => `🖥️ From the desk:\n${exactText(text)}`,
  given: "Codex gets the message.",
  waits: "The message waits in line.",
  unreachable: "The chat cannot be reached at the moment, so nothing was sent.",
  turnBegan:
    "A turn has begun since, so nothing was stopped or sent. Press again if you mean that turn.",
  detached: ({ stopped, isKept }: { stopped: boolean; isKept: boolean }): string =>
    `The chat is detached from Codex${stopped ? ", which stops its turn" : ""}.${isKept ? " You can continue the thread later." : ""}`,
};
