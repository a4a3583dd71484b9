/**
 * Where the chats are that OpenClaw is asking about a bind: it hands back a chat's name with the decision, and not where
 * that can be written to. Ends with the process, as OpenClaw's questions do.
 */
import { processWide } from "../common/process-wide.js";
import type { BoundConversation } from "./bound-conversation.js";

type Address = BoundConversation["address"];

/** Chats beyond these are forgotten, the ones first that were asked longest ago; their first message tells. */
const REMEMBERED = 500;

const asked = processWide("addresses-of-asked-binds", () => new Map<string, Address>());

export function noteAskedAddress(sessionFile: string, address: Address): void {
  asked.delete(sessionFile);
  asked.set(sessionFile, address);
  const [oldest] = asked.keys();
  if (asked.size > REMEMBERED && oldest !== undefined) asked.delete(oldest);
}

export function takeAskedAddress(sessionFile: string): Address {
  const address = asked.get(sessionFile);
  asked.delete(sessionFile);
  return address;
}
