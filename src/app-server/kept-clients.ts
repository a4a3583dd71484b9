/**
 * Clients that somebody still needs though no turn runs on them and nothing is asked: a sign-in's end is to be told, a
 * thread is watched, a message is being made ready for its turn.
 */
import { processWide } from "../common/process-wide.js";
import type { CodexClient } from "./protocol.js";

const needs = processWide("codex-clients-needed", () => new WeakMap<CodexClient, number>());

/** Until the returned function is called, which may be done again, the client's process is not ended for being idle. */
export function keepClient(client: CodexClient): () => void {
  let isOver = false;
  count(client, 1);
  return () => {
    if (!isOver) count(client, -1);
    isOver = true;
  };
}

export async function keepingClient<T>(client: CodexClient, work: () => Promise<T>): Promise<T> {
  const release = keepClient(client);
  try {
    return await work();
  } finally {
    release();
  }
}

export function isKept(client: CodexClient): boolean {
  return (needs.get(client) ?? 0) > 0;
}

function count(client: CodexClient, by: 1 | -1): void {
  needs.set(client, (needs.get(client) ?? 0) + by);
}
