/**
 * The chats that OpenClaw is asking about a bind: with the decision it hands back what a chat is bound as, and neither where
 * that can be written to nor what its messages are looked up by. Ends with the process, as OpenClaw's questions do.
 */
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";
import type { BoundConversation } from "./bound-conversation.js";

export type AskedChat = Pick<BoundConversation, "address" | "heardAs">;

/** Chats beyond these are forgotten, the ones first that were asked longest ago; their first message tells. */
const REMEMBERED = 500;

const asked = processWide("asked-chats", () => new Map<string, AskedChat>());

export function noteAskedChat(sessionFile: string, chat: AskedChat): void {
  asked.delete(sessionFile);
  asked.set(sessionFile, chat);
  keepNewest(asked, REMEMBERED);
}

export function takeAskedChat(sessionFile: string): AskedChat {
  const chat = asked.get(sessionFile);
  asked.delete(sessionFile);
  return chat ?? {};
}
