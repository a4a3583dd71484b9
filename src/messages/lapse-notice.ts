/** Where the operator limits how long a chat may be idle, the chat is told before OpenClaw takes it back. */
import { turnWords } from "../words/turn-words.js";
import {
  listBoundConversations,
  readBoundConversation,
  type BoundConversation,
} from "../host/bound-conversation.js";
import { findHostBinding } from "../host/host-bindings.js";
import type { PluginHost } from "../host/plugin-host.js";

type Send = (
  sessionFile: string,
  address: Address,
  notice: { id: string; text: string },
) => Promise<void>;

const HOUR_MS = 3_600_000;

type Address = NonNullable<BoundConversation["address"]>;

/** By session file, the end that was told; each message moves it. */
const told = new Map<string, number>();

/** Tells each chat of a folder once whose time is nearly over. Never rejects. */
export async function tellLapsing(host: PluginHost, folder: string, send: Send): Promise<void> {
  const warn = (error: unknown): void =>
    host.logger.warn(`a chat could not be told that OpenClaw will take it back: ${String(error)}`);
  try {
    const sessions = await listBoundConversations(folder);
    await Promise.all(sessions.map((sessionFile) => tell(sessionFile, send).catch(warn)));
  } catch (error) {
    warn(error);
  }
}

async function tell(sessionFile: string, send: Send): Promise<void> {
  const chat = await readBoundConversation(sessionFile);
  if (!chat?.address) return;
  const look = await findHostBinding(chat.conversation);
  if (look.kind !== "ours" || look.binding.expiresAt === undefined) return;
  const { expiresAt, metadata } = look.binding;
  const leftMs = expiresAt - Date.now();
  const idleTimeoutMs = metadata.idleTimeoutMs ?? Infinity;
  if (leftMs <= 0 || leftMs > Math.min(HOUR_MS, idleTimeoutMs / 4)) return;
  if (told.get(sessionFile) === expiresAt) return;
  const notice = { id: `lapses:${expiresAt}`, text: turnWords.lapsesSoon(leftMs) };
  await send(sessionFile, chat.address, notice);
  told.set(sessionFile, expiresAt);
}
