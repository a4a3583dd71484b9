/**
 * What Codex says of a thread from the request that loads it until its session is opened: a tool server can have failed by
 * the time the answer is read, and a chat's binding is written before it gets a session.
 */
import type { CodexClient, CodexNotification } from "../app-server/protocol.js";
import { asRecord } from "../app-server/json.js";
import { threadIdOf } from "../app-server/handler-routes.js";
import { processWide } from "../common/process-wide.js";
import { turnIdOf } from "./held-turns.js";

type Kept = { heard: CodexNotification[]; stopListening: () => void };

/** There are a few for each tool server. */
const KEPT_PER_THREAD = 200;

const kept = processWide("overheard-threads", () => new WeakMap<CodexClient, Map<string, Kept>>());

/** Listens while `load` runs, and from then on to the thread that it names, until `takeOverheard`. @throws what `load` throws */
export async function overhearing<T extends { threadId: string }>(
  client: CodexClient,
  load: () => Promise<T>,
): Promise<T> {
  const before: CodexNotification[] = [];
  const stopListening = client.addNotificationHandler((notification) => keep(before, notification));
  try {
    const facts = await load();
    const { threadId } = facts;
    takeOverheard(client, threadId);
    const heard = before.filter(({ params }) => threadIdOf(params) === threadId);
    const stop = client.addNotificationHandler((notification) => keep(heard, notification), {
      threadId,
    });
    const threads = kept.get(client) ?? new Map<string, Kept>();
    kept.set(client, threads.set(threadId, { heard, stopListening: stop }));
    return facts;
  } finally {
    stopListening();
  }
}

/** Ends the listening; returns what was heard, in order. */
export function takeOverheard(client: CodexClient, threadId: string): readonly CodexNotification[] {
  const thread = kept.get(client)?.get(threadId);
  thread?.stopListening();
  kept.get(client)?.delete(threadId);
  return thread?.heard ?? [];
}

/** What a turn does is heard by whoever follows it, or read from the thread's record. */
function keep(heard: CodexNotification[], notification: CodexNotification): void {
  const params = asRecord(notification.params);
  const isOfThread = threadIdOf(params) !== undefined && turnIdOf(params) === undefined;
  if (isOfThread && heard.length < KEPT_PER_THREAD) heard.push(notification);
}
