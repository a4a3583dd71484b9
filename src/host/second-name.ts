/**
 * A chat can have two names in OpenClaw. A channel of a Discord server is bound as `channel:ID`, as its commands name it,
 * and its messages are looked up as `ID`: bound under the first alone it says that it is bound, while OpenClaw's own
 * agent answers. So OpenClaw gets a second record, with the same target and data, which is freed with the first. On
 * iMessage it is the same with a private chat: bound by its number, and its messages are looked up by who sends them.
 */
import {
  findHostBinding,
  replaceHostBinding,
  type Conversation,
  type HostBinding,
  type HostBindingLookup,
} from "./host-bindings.js";

/** Only ids of digits: elsewhere nobody looks a chat up by less than it is bound as. */
const NAMED_BY_KIND = /^channel:(?<id>\d+)$/;

/** A person as iMessage names them; a group has another colon. */
const PERSON = /^(?:imessage|sms|auto):(?<handle>[^:]+)$/i;

/**
 * What the messages of a command's chat are looked up by, if that does not follow from what the chat is bound as. As
 * OpenClaw's channel does it: an address in lower case, a telephone number without its spaces and signs.
 */
export function nameOfMessages({
  channel,
  from,
}: {
  channel: string;
  from?: string | undefined;
}): string | undefined {
  if (channel !== "imessage") return undefined;
  const handle = PERSON.exec(from ?? "")?.groups?.["handle"]?.trim();
  if (handle === undefined) return undefined;
  return handle.includes("@") ? handle.toLowerCase() : `+${handle.replaceAll(/\D/g, "")}`;
}

/**
 * The name that messages are looked up by, where it is another one than the chat is bound as; `heardAs` is that name if it
 * is known otherwise.
 */
export function secondNameOf(
  { channel, accountId, conversationId }: Conversation,
  heardAs = NAMED_BY_KIND.exec(conversationId)?.groups?.["id"],
): Conversation | undefined {
  return heardAs === undefined || heardAs === conversationId
    ? undefined
    : { channel, accountId, conversationId: heardAs };
}

/**
 * Looks up a chat's first record by either name. One that is gone while the second is there comes without the plugin's
 * folder, so that it is stored anew: the chat's messages still come.
 * @throws what OpenClaw throws
 */
export async function findFirstBinding(conversation: Conversation): Promise<HostBindingLookup> {
  const look = await findHostBinding(conversation);
  const named = look.kind === "ours" ? look.binding.metadata.secondOf : undefined;
  if (look.kind !== "ours" || named === undefined) return look;
  const place = { ...look.binding.conversation, conversationId: named };
  const first = await findHostBinding(place);
  if (first.kind !== "none") return first;
  const { secondOf: _, pluginRoot: __, ...metadata } = look.binding.metadata;
  return { kind: "ours", binding: { ...look.binding, conversation: place, metadata } };
}

/** Stores the second record as the first one is; `false` where there is none to store. @throws what OpenClaw throws */
export async function keepSecondName(
  first: HostBinding,
  heardAs: string | undefined,
): Promise<boolean> {
  const second = secondNameOf(first.conversation, heardAs);
  if (!second) return false;
  const metadata = { ...first.metadata, secondOf: first.conversation.conversationId };
  const look = await findHostBinding(second);
  if (look.kind === "ours" && isSame(look.binding, first.targetSessionKey, metadata)) return false;
  // Bound by somebody else meanwhile: not ours to take.
  if (look.kind === "foreign" || look.kind === "unknown") return false;
  await replaceHostBinding({ ...first, conversation: second }, metadata);
  return true;
}

function isSame(
  { targetSessionKey, metadata: held }: HostBinding,
  target: string,
  wanted: HostBinding["metadata"],
): boolean {
  return (
    targetSessionKey === target &&
    held.pluginRoot === wanted.pluginRoot &&
    held.secondOf === wanted.secondOf &&
    JSON.stringify(held.data) === JSON.stringify(wanted.data)
  );
}
