/** The threads that Codex has stored, newest first. */
import { CodexLocalError } from "./errors.js";
import { asString } from "./json.js";
import { callCodex, METHODS, titleOf } from "./methods.js";
import type { CodexClient } from "./protocol.js";

export type CodexThreadSummary = {
  id: string;
  /** The thread's name, else its first message; can be empty. */
  title: string;
  cwd: string;
  /** Milliseconds since 1970. */
  usedAt: number;
};

/** How many of the newest threads a filter looks through by itself. */
const LOOKED_THROUGH = 100;

/**
 * The newest threads, of all providers; with a filter those that hold all of its words in title, folder or id
 * (Codex's own filter minds capitals, which phones set), and after them those in whose messages Codex finds it.
 * @throws what Codex refuses, CodexLocalError
 */
export async function listCodexThreads(
  client: CodexClient,
  filter: string,
  timeoutMs: number,
): Promise<CodexThreadSummary[]> {
  const threads = readThreads(
    await callCodex(
      client,
      METHODS.listThreads,
      { limit: LOOKED_THROUGH, sortKey: "updated_at", modelProviders: [] },
      { timeoutMs },
    ),
  );
  if (filter === "") return threads;
  const words = filter.toLowerCase().split(/\s+/);
  const named = threads.filter(({ id, title, cwd }) => {
    const text = `${title}\n${cwd}\n${id}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const found = await searchThreads(client, filter, timeoutMs);
  return [...named, ...found.filter(({ id }) => !named.some((thread) => thread.id === id))];
}

async function searchThreads(
  client: CodexClient,
  searchTerm: string,
  timeoutMs: number,
): Promise<CodexThreadSummary[]> {
  try {
    return readThreads(
      await callCodex(
        client,
        METHODS.searchThreads,
        { searchTerm, limit: 20, sortKey: "updated_at" },
        { timeoutMs },
      ),
    );
  } catch (error) {
    if (error instanceof CodexLocalError) throw error;
    // Older versions do not search in messages.
    return [];
  }
}

function readThreads(records: readonly Record<string, unknown>[]): CodexThreadSummary[] {
  return records.flatMap((record) => {
    const { id, cwd, updatedAt } = record;
    if (typeof id !== "string") return [];
    const usedAt = typeof updatedAt === "number" ? updatedAt * 1000 : 0;
    return [{ id, title: titleOf(record), cwd: asString(cwd) ?? "", usedAt }];
  });
}
