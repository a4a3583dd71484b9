/**
 * Which chat of OpenClaw's a session belongs to: `<sessionFile>.conversation.json`, there for as long as the chat is
 * known to be bound. OpenClaw finds its record of a chat by these names only, and a session file's name does not tell them.
 */
import path from "node:path";
import * as z from "zod/mini";
import { noteChange } from "../common/changes.js";
import { oneAtATime } from "../common/one-at-a-time.js";
import { conversationSchema, keptRecordSchema } from "./host-bindings.js";
import {
  listPrivateFolder,
  readPrivateFile,
  removePrivateFile,
  writePrivateFile,
} from "./private-files.js";

const SUFFIX = ".conversation.json";

const boundConversationSchema = z.object({
  conversation: conversationSchema,
  /** What its messages are looked up by, if that does not follow from `conversation`. */
  heardAs: z.optional(z.string()),
  /** Where the chat can be written to; absent until it has sent a message. */
  address: z.optional(
    z.object({
      channel: z.string(),
      to: z.string(),
      accountId: z.optional(z.string()),
      threadId: z.optional(z.union([z.string(), z.number()])),
    }),
  ),
  /** How long OpenClaw was last told that the chat may be idle. */
  idleTimeoutMs: z.optional(z.number()),
  /** OpenClaw's record of the chat, on a channel that can lose it. */
  record: z.optional(keptRecordSchema),
});

export type BoundConversation = z.infer<typeof boundConversationSchema>;

/** Undefined where the chat is not known to be bound, and where the file cannot be used: it is written anew in time. */
export async function readBoundConversation(
  sessionFile: string,
): Promise<BoundConversation | undefined> {
  try {
    const text = await readPrivateFile(sessionFile + SUFFIX);
    if (text === undefined) return undefined;
    return boundConversationSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What one has noted the next must not lose. */
const inOrder = oneAtATime();

/** Notes the chat of a session; what was known and is not given stays. @throws file-system errors */
export function noteBoundConversation(
  sessionFile: string,
  conversation: BoundConversation,
): Promise<void> {
  return inOrder(sessionFile, () => note(sessionFile, conversation));
}

async function note(
  sessionFile: string,
  { conversation, heardAs, address, idleTimeoutMs, record }: BoundConversation,
): Promise<void> {
  const earlier = await readBoundConversation(sessionFile);
  const { channel, accountId, conversationId, parentConversationId } = conversation;
  const wanted = JSON.stringify({
    conversation: { channel, accountId, conversationId, parentConversationId },
    heardAs: heardAs ?? earlier?.heardAs,
    address: address ?? earlier?.address,
    idleTimeoutMs: idleTimeoutMs ?? earlier?.idleTimeoutMs,
    record: record ?? earlier?.record,
  });
  if (earlier && wanted === JSON.stringify(earlier)) return;
  await writePrivateFile(sessionFile + SUFFIX, `${wanted}\n`);
  noteChange(sessionFile);
}

/** The session's chat is not bound any more, or not known to be. @throws file-system errors */
export function forgetBoundConversation(sessionFile: string): Promise<void> {
  return inOrder(sessionFile, async () => {
    await removePrivateFile(sessionFile + SUFFIX);
    noteChange(sessionFile);
  });
}

/** The session files in a folder whose chats are known to be bound. */
export async function listBoundConversations(folder: string): Promise<string[]> {
  return (await listPrivateFolder(folder))
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => path.join(folder, name.slice(0, -SUFFIX.length)));
}
