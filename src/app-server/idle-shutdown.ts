/**
 * Ends app-servers on which nothing happens, so that they cost no memory; the next message starts another. One that is
 * reached over a network is not ours to end, and the chats hear on its connection what other windows do.
 */
import { monotonicMs } from "../common/clock.js";
import type { CodexAppServerClient } from "./client.js";
import { isKept } from "./kept-clients.js";
import { callCodex, METHODS } from "./methods.js";
import { runsCommands } from "./running-commands.js";

export type IdleClient = {
  readonly client: CodexAppServerClient;
  readonly isReady: boolean;
  /** Callers that wait for it to be ready. */
  readonly waiters: number;
  /** When somebody last got it; by the monotonic clock, as the other times. */
  readonly handedOutAt: number;
  /** How long nothing may happen; 0: for ever. */
  readonly idleShutdownMs: number;
};

/** Whoever has just got an answer may be about to ask for more. */
const SHORTEST_MS = 1_000;
/** What ends without a word here is looked for again after so long. */
const LOOK_AGAIN_MS = 30_000;
/** For each request; a Codex that does not answer is none that is known to be idle. */
const ANSWER_WITHIN_MS = 10_000;

export class IdleShutdown {
  readonly #end: (client: CodexAppServerClient) => void;
  readonly #onLooked: () => void;
  /** Those that are being asked whether commands run. */
  readonly #asked = new Set<CodexAppServerClient>();
  /** When commands were last found running. */
  readonly #commandsSeenAt = new WeakMap<CodexAppServerClient, number>();

  /** `end` ends one at once; `onLooked`: one was not idle after all, and may be the next time. */
  constructor(end: (client: CodexAppServerClient) => void, onLooked: () => void) {
    this.#end = end;
    this.#onLooked = onLooked;
  }

  /** Milliseconds until this is to be called again; one whose time is over is asked for commands, and ended. */
  look(idle: IdleClient, now: number): number {
    const { client, idleShutdownMs } = idle;
    if (idleShutdownMs === 0 || client.isShared || this.#asked.has(client)) return Infinity;
    const allowedMs = Math.max(idleShutdownMs, SHORTEST_MS);
    if (!isIdle(idle)) return Math.min(allowedMs, LOOK_AGAIN_MS);
    const leftMs = this.#idleSince(idle) + allowedMs - now;
    if (leftMs > 0) return leftMs;
    void this.#askAndEnd(idle);
    return Infinity;
  }

  /** Never rejects. */
  async #askAndEnd(idle: IdleClient): Promise<void> {
    const { client } = idle;
    const since = this.#idleSince(idle);
    this.#asked.add(client);
    const runs = await mayRunCommands(client);
    this.#asked.delete(client);
    if (client.isClosed) return;
    if (runs) this.#commandsSeenAt.set(client, monotonicMs());
    // Somebody can have got it meanwhile, or have used it.
    if (isIdle(idle) && this.#idleSince(idle) === since) this.#end(client);
    else this.#onLooked();
  }

  #idleSince({ client, handedOutAt }: IdleClient): number {
    return Math.max(handedOutAt, client.usedAt, this.#commandsSeenAt.get(client) ?? 0);
  }
}

function isIdle({ client, isReady, waiters }: IdleClient): boolean {
  return isReady && waiters === 0 && client.atRest && !isKept(client);
}

/** Also if Codex cannot tell. Never rejects. */
async function mayRunCommands(client: CodexAppServerClient): Promise<boolean> {
  const asked: Parameters<typeof runsCommands>[0] = {
    request: (...request) => client.look(...request),
  };
  try {
    const within = { timeoutMs: ANSWER_WITHIN_MS };
    for (const threadId of await callCodex(asked, METHODS.listLoaded, {}, within)) {
      // One after another, since they are many, and the first that has one is enough.
      // oxlint-disable-next-line no-await-in-loop
      if ((await runsCommands(asked, threadId, ANSWER_WITHIN_MS)) !== false) return true;
    }
    return false;
  } catch {
    return true;
  }
}
