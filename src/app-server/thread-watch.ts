/** A thread that somebody else works on: watched until it is at rest, without being loaded or subscribed to. */
import { asRecord, asString } from "./json.js";
import { keepClient } from "./kept-clients.js";
import { callCodex, METHODS, type ThreadFacts } from "./methods.js";
import type { CodexClient } from "./protocol.js";

/** Between two turns of a goal a thread is at rest for some milliseconds. */
const SETTLES_WITHIN_MS = 2000;

export type WatchEnd = "done" | "failed" | "lost" | "expired";

export type ThreadWatch = {
  facts: ThreadFacts;
  /** Never rejects; stays open after `stop`. */
  ended: Promise<WatchEnd>;
  stop(this: void): void;
};

/**
 * Undefined if the thread is at rest already. `lost`: the connection has ended, and nobody knows how the thread goes on.
 * @throws what Codex refuses, CodexLocalError
 */
export async function watchThread(
  client: CodexClient,
  threadId: string,
  { timeoutMs, withinMs }: { timeoutMs: number; withinMs: number },
): Promise<ThreadWatch | undefined> {
  const ended = Promise.withResolvers<WatchEnd>();
  let isActive: boolean | undefined;
  let rest: NodeJS.Timeout | undefined;
  const expiry = setTimeout(() => end("expired"), withinMs);
  expiry.unref();
  const stops = [
    client.addNotificationHandler(
      ({ method, params }) => {
        const told = asRecord(params);
        if (method !== "thread/status/changed" || told?.threadId !== threadId) return;
        const status = asString(asRecord(told.status)?.type);
        isActive = status === "active";
        clearTimeout(rest);
        if (isActive) return;
        rest = setTimeout(
          () => end(status === "systemError" ? "failed" : "done"),
          SETTLES_WITHIN_MS,
        );
        rest.unref();
      },
      { method: "thread/status/changed" },
    ),
    client.addCloseHandler(() => end("lost")),
    keepClient(client),
  ];
  function stop(): void {
    clearTimeout(expiry);
    clearTimeout(rest);
    for (const each of stops.splice(0)) each();
  }
  function end(how: WatchEnd): void {
    stop();
    ended.resolve(how);
  }
  try {
    const facts = await callCodex(client, METHODS.readThread, { threadId }, { timeoutMs });
    // It can have begun meanwhile; and if it has just come to rest, that will be told.
    if (isActive === true || facts.isActive) return { facts, ended: ended.promise, stop };
    stop();
    return undefined;
  } catch (error) {
    stop();
    throw error;
  }
}
