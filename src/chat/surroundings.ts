/** What a message's words stand in: who speaks in a group, what they reply to, whose they are, which place they name. */
import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";
import { surroundingsWords } from "../words/surroundings-words.js";

export type SurroundedEvent = Partial<
  Pick<
    PluginHookInboundClaimEvent,
    | "content"
    | "body"
    | "bodyForAgent"
    | "isGroup"
    | "senderName"
    | "senderUsername"
    | "replyToBody"
    | "replyToSender"
    | "replyToIsQuote"
    | "location"
  >
>;

/**
 * What Codex is told of it, ahead of the words, and marked as not being the person's own; empty where the words stand
 * alone.
 */
export function surroundingsOf(event: SurroundedEvent): string {
  const { isGroup, senderName, senderUsername, replyToBody, replyToSender, location } = event;
  const lines: string[] = [];
  if (isGroup === true && (senderName ?? senderUsername)) {
    lines.push(surroundingsWords.speaker(senderName, senderUsername));
  }
  // A message in a topic "replies" to the topic's root, and then has no text of it.
  if (replyToBody !== undefined && replyToBody.trim() !== "") {
    const quoted = { text: replyToBody, by: replyToSender, isPart: event.replyToIsQuote === true };
    lines.push(surroundingsWords.quoted(quoted));
  }
  const forward = forwardOf(event);
  if (forward) lines.push(surroundingsWords.forwarded(forward.from, forward.at));
  if (location?.name !== undefined || location?.address !== undefined) {
    lines.push(surroundingsWords.place(location.name, location.address));
  }
  return lines.join("\n\n");
}

/**
 * Whether the words may be meant for somebody else: they are another person's, passed on, or reply to another person in a
 * group. Telegram's channel names its own bot so that it can be told from others; of other channels that is not known.
 */
export function mayBeMeantForOthers(event: SurroundedEvent & { channel: string }): boolean {
  if (forwardOf(event) || event.content?.startsWith("[Forwarded from ") === true) return true;
  const { channel, isGroup, replyToBody = "", replyToSender = "" } = event;
  if (channel !== "telegram" || isGroup !== true || replyToBody.trim() === "") return false;
  return !replyToSender.endsWith(" (you)");
}

/**
 * From whom a message was forwarded, and when. OpenClaw 2026.9.6 tells that only in `body`, in a line right before the
 * words; of several at once it puts the same line into the words themselves.
 */
function forwardOf({
  body = "",
  bodyForAgent = "",
  content = "",
}: SurroundedEvent): { from: string; at: string | undefined } | undefined {
  const said = bodyForAgent.trim() || content.trim();
  const before = (body.endsWith(said) ? body.slice(0, body.length - said.length) : body).trimEnd();
  const line = /\[Forwarded from (?<from>[^\n]+?)(?: at (?<at>\d{4}-\d\d-\d\dT[\d:.]+Z))?\]$/;
  const { from, at } = line.exec(before)?.groups ?? {};
  return from === undefined ? undefined : { from, at };
}
