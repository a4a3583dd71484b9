import { monotonicMs } from "../common/clock.js";
import { pause } from "../common/pause.js";
import type { CodexAppServerClient, CodexClientListener } from "./client.js";
import { clientKey, clientOwner } from "./client-key.js";
import { DEFAULT_IDLE_SHUTDOWN_MS } from "./config-schema.js";
import { ClosingClients } from "./closing-clients.js";
import {
  closedError,
  disposedError,
  isUnusable,
  notReadyError,
  startFailure,
} from "./pool-errors.js";
import { connectCodexAppServer } from "./connect.js";
import { Deadline } from "./deadline.js";
import type { DiagnosticSink } from "./diagnostics.js";
import { EarlierVersion } from "./earlier-version.js";
import { CodexLocalError } from "./errors.js";
import { IdleShutdown } from "./idle-shutdown.js";
import type { CodexClient } from "./protocol.js";
import { StartBackoff } from "./start-backoff.js";
import type { CodexAppServerStartOptions } from "./start-options.js";
import { poolOfProcess } from "./thread-holders.js";

export type CodexClientRequest = {
  startOptions: CodexAppServerStartOptions;
  /** Milliseconds until the caller gives up on a client that is not ready. */
  timeoutMs: number;
  /** Clients of different profiles are never shared. */
  authProfileId?: string;
  /** Milliseconds after which a process on which nothing happens is ended; 0: never. The latest request's counts. */
  idleShutdownMs?: number;
};

export type ConnectCodexClient = (
  options: CodexAppServerStartOptions,
  listener: CodexClientListener,
) => CodexAppServerClient;

/** Nobody waits longer for a start than this, whatever its callers' own limits. */
const MAX_START_MS = 120_000;

const REPLACED = "The Codex app-server was closed: its configuration has changed.";
const IDLE = "The Codex app-server was closed: nothing happened on it for some time.";
const OF_EARLIER_VERSION = "The Codex app-server was closed: the plugin was updated.";

/** Between getting a client and using it, and between two uses, its caller has a moment in which it looks idle. */
const BETWEEN_USES_MS = 1_000;

type PooledClient = {
  readonly key: string;
  /** Whom it serves: several servers whose settings come to the same one. */
  readonly owners: Set<string>;
  readonly client: CodexAppServerClient;
  readonly startedAt: number;
  /** Settled with the handshake. */
  readonly ready: Promise<void>;
  isReady: boolean;
  /** Callers of `get` that wait for `ready`; a start that nobody waits for is ended. */
  waiters: number;
  /** The longest `timeoutMs` of its callers: a start that takes longer is ended, whoever came meanwhile. */
  patienceMs: number;
  /** When it was handed out last, or fell idle. */
  usedAt: number;
  handedOutAt: number;
  idleShutdownMs: number;
  /** Closed by this pool, not dead by itself. */
  dismissed: boolean;
  /** Why it is to be closed as soon as nobody uses it, if it is. */
  outdated: string | undefined;
};

/**
 * The app-servers of this process, one for each set of start options and profile.
 *
 * A client whose options were replaced by others of the same server and profile, that is to be retired when it is idle, or that an
 * earlier version of the plugin has started, is closed as soon as nobody uses it, and never before. Until then it
 * serves the threads that it has loaded: no other process can load them while it lives. One on which nothing happens for
 * long is closed, too, and whoever asks for it next gets another.
 */
export class CodexClientPool {
  /** Takes odd events of all clients, for the log. */
  onDiagnostic: DiagnosticSink = () => {};
  readonly #connect: ConnectCodexClient;
  readonly #clients = new Map<string, PooledClient>();
  readonly #backoffs = new Map<string, StartBackoff>();
  /** The key that each profile of each server asked for last. */
  readonly #wanted = new Map<string, { key: string; server: string | undefined }>();
  readonly #closing = new ClosingClients();
  readonly #earlier = new EarlierVersion();
  readonly #idle = new IdleShutdown(
    (client) => void this.retire(client, IDLE),
    () => this.#closeUnwanted(),
  );
  #generation = 0;
  #handOutTimer: NodeJS.Timeout | undefined;

  constructor(connect: ConnectCodexClient = connectCodexAppServer) {
    this.#connect = connect;
    // Those of an earlier version are not asked for by anybody, and are to end all the same.
    this.#closeUnwanted();
  }

  /** The clients that are ready for use. */
  clients(): CodexClient[] {
    const ready = [...this.#clients.values()].filter(({ isReady }) => isReady);
    return [...ready, ...this.#earlier.clients(monotonicMs())].map(({ client }) => client);
  }

  /** See `clientThatHolds`, which asks it. */
  async holderOf(threadId: string, request: CodexClientRequest): Promise<CodexClient | undefined> {
    const key = clientKey(request.startOptions, request.authProfileId);
    this.#want(request, key);
    const deadline = new Deadline(request.timeoutMs, notReadyError(request.timeoutMs));
    try {
      for (;;) {
        this.#closeUnwanted();
        if (this.#clients.get(key)?.client.holds(threadId) === true) return undefined;
        const now = monotonicMs();
        const others = [...this.#clients.values()].filter(
          (entry) => entry.key !== key && entry.owners.has(clientOwner(request)),
        );
        const holder = [...others, ...this.#earlier.clients(now)].find(({ client }) =>
          client.holds(threadId),
        );
        if (holder === undefined) return undefined;
        if (holder.client.busy) {
          holder.usedAt = now;
          return holder.client;
        }
        const leftMs = Math.max(0, holder.usedAt + BETWEEN_USES_MS - now);
        // oxlint-disable-next-line no-await-in-loop
        await deadline.wait(pause(leftMs, holder.client.closed));
      }
    } finally {
      deadline.clear();
    }
  }

  /** Rejects with a CodexLocalError: COMMAND_NOT_FOUND, TOO_OLD or START_FAILED; STOPPING if disposed of meanwhile. */
  async get(request: CodexClientRequest): Promise<CodexAppServerClient> {
    const generation = this.#generation;
    const key = clientKey(request.startOptions, request.authProfileId);
    this.#want(request, key);
    this.#closeUnwanted();
    const deadline = new Deadline(request.timeoutMs, notReadyError(request.timeoutMs));
    try {
      const known = this.#clients.get(key);
      // Whoever asks for a client that is about to be closed gets its successor, unless others use it again meanwhile.
      if (known?.outdated !== undefined && !known.client.busy) {
        await deadline.wait(pause(BETWEEN_USES_MS, known.client.closed));
      }
      // A thread stays locked for others until the process that holds it is gone, so one that is new waits for those
      // that go.
      const isThere = this.#clients.get(key)?.isReady === true;
      if (!isThere) {
        const ends = this.#closing.of(new Set([clientOwner(request)]));
        if (ends.length > 0) await deadline.wait(Promise.all(ends));
      }
      if (generation !== this.#generation) throw disposedError();
      const entry = this.#clients.get(key) ?? this.#start(key, request);
      entry.owners.add(clientOwner(request));
      entry.idleShutdownMs = request.idleShutdownMs ?? DEFAULT_IDLE_SHUTDOWN_MS;
      entry.patienceMs = Math.max(entry.patienceMs, request.timeoutMs);
      return await this.#whenReady(entry, deadline);
    } finally {
      deadline.clear();
    }
  }

  /** Ends a client that does not do what it is asked, with its process; the next `get` starts another. */
  async retire(client: CodexClient, reason: string): Promise<void> {
    let owners: ReadonlySet<string> = new Set();
    for (const entry of this.#clients.values()) {
      if (entry.client !== client) continue;
      ({ owners } = entry);
      this.#dismiss(entry, closedError(reason));
    }
    for (const adopted of this.#earlier.clients(monotonicMs())) {
      if (adopted.client === client) this.#closing.add(adopted.client.retire(reason), undefined);
    }
    await Promise.all(this.#closing.of(owners));
  }

  /** The same as soon as nobody uses the client; until then it serves those who ask for it. */
  retireWhenIdle(client: CodexClient, reason: string): void {
    for (const entry of this.#clients.values()) {
      if (entry.client === client) entry.outdated = reason;
    }
    this.#closeUnwanted();
  }

  /** Those of servers that have left the settings are closed as soon as nobody uses them; undefined names `appServer`'s. */
  keepServers(names: ReadonlySet<string | undefined>): void {
    for (const [owner, { server }] of this.#wanted) {
      if (!names.has(server)) this.#wanted.delete(owner);
    }
    this.#closeUnwanted();
  }

  /** Ends all clients; settled when their processes are gone. A `get` made later starts afresh. */
  async dispose(): Promise<void> {
    this.#generation += 1;
    for (const entry of this.#clients.values()) this.#dismiss(entry, disposedError());
    clearTimeout(this.#handOutTimer);
    this.#wanted.clear();
    this.#backoffs.clear();
    this.#closing.add(this.#earlier.dispose(), undefined);
    await this.#closing.all();
  }

  #want(request: CodexClientRequest, key: string): void {
    this.#wanted.set(clientOwner(request), { key, server: request.startOptions.server });
  }

  #start(key: string, request: CodexClientRequest): PooledClient {
    const now = monotonicMs();
    const blocked = this.#backoffs.get(key)?.blockedAt(now);
    if (blocked !== undefined) {
      const seconds = Math.ceil(blocked.waitMs / 1000);
      throw new CodexLocalError(
        "START_FAILED",
        `The Codex app-server ended ${blocked.deaths} times right after its start; it is tried again in ${seconds} s. ${blocked.reason.message}`,
      );
    }
    const client = this.#connect(request.startOptions, {
      onIdle: () => this.#onIdle(client),
      onDiagnostic: (message) => this.onDiagnostic(message),
    });
    const entry: PooledClient = {
      key,
      owners: new Set(),
      client,
      startedAt: now,
      ready: client.initialize({ timeoutMs: MAX_START_MS }).then(() => void (entry.isReady = true)),
      isReady: false,
      waiters: 0,
      patienceMs: 0,
      usedAt: now,
      handedOutAt: now,
      idleShutdownMs: DEFAULT_IDLE_SHUTDOWN_MS,
      dismissed: false,
      outdated: undefined,
    };
    this.#clients.set(key, entry);
    client.addCloseHandler((reason) => this.#onClosed(entry, reason));
    return entry;
  }

  async #whenReady(entry: PooledClient, deadline: Deadline): Promise<CodexAppServerClient> {
    const { client } = entry;
    entry.waiters += 1;
    try {
      await deadline.wait(entry.ready);
    } catch (error) {
      const failure = startFailure(error, client.details);
      const outOfPatience = monotonicMs() - entry.startedAt >= entry.patienceMs;
      if (!entry.isReady && (entry.waiters === 1 || outOfPatience)) {
        // That somebody gave up waiting does not mean that it dies at its start: it may only be slow.
        entry.dismissed ||= error === deadline.error;
        void client.close(failure);
      }
      throw failure;
    } finally {
      entry.waiters -= 1;
    }
    entry.usedAt = monotonicMs();
    entry.handedOutAt = entry.usedAt;
    this.#closeUnwanted();
    return client;
  }

  #onClosed(entry: PooledClient, reason: Error): void {
    if (this.#clients.get(entry.key) === entry) this.#clients.delete(entry.key);
    if (!entry.dismissed && !isUnusable(reason)) {
      const backoff = this.#backoffs.get(entry.key) ?? new StartBackoff();
      this.#backoffs.set(entry.key, backoff);
      backoff.recordDeath(entry.startedAt, monotonicMs(), reason);
    }
    this.#closing.add(entry.client.close(), entry.owners);
  }

  /** Whoever has just got an answer may be about to ask for more. */
  #onIdle(client: CodexAppServerClient): void {
    for (const entry of this.#clients.values()) {
      if (entry.client === client) entry.usedAt = monotonicMs();
    }
    this.#closeUnwanted();
  }

  #dismiss(entry: PooledClient, reason: CodexLocalError): void {
    entry.dismissed = true;
    void entry.client.close(reason);
  }

  #closeUnwanted(): void {
    clearTimeout(this.#handOutTimer);
    const now = monotonicMs();
    let nextLookMs = Infinity;
    const wanted = new Set([...this.#wanted.values()].map(({ key }) => key));
    for (const entry of this.#clients.values()) {
      if (wanted.has(entry.key) && entry.outdated === undefined) {
        nextLookMs = Math.min(nextLookMs, this.#idle.look(entry, now));
        continue;
      }
      if (!entry.isReady || entry.waiters > 0 || entry.client.busy) continue;
      const leftMs = entry.usedAt + BETWEEN_USES_MS - now;
      if (leftMs <= 0) {
        this.#dismiss(entry, closedError(entry.outdated ?? REPLACED));
      } else {
        nextLookMs = Math.min(nextLookMs, leftMs);
      }
    }
    for (const adopted of this.#earlier.clients(now)) {
      // It does not tell when it falls idle, so it is looked at again and again.
      if (adopted.client.busy) adopted.usedAt = now;
      const leftMs = adopted.usedAt + BETWEEN_USES_MS - now;
      if (leftMs > 0) nextLookMs = Math.min(nextLookMs, leftMs);
      else this.#closing.add(adopted.client.retire(OF_EARLIER_VERSION), undefined);
    }
    if (nextLookMs === Infinity) return;
    this.#handOutTimer = setTimeout(() => this.#closeUnwanted(), nextLookMs).unref();
  }
}

/** The pool of this process. */
export function codexClientPool(): CodexClientPool {
  return (poolOfProcess().pool ??= new CodexClientPool());
}

/** Ends a client that does not do what it is asked; does nothing for one that is not of the pool. */
export function retireCodexAppServerClient(client: CodexClient, reason: string): Promise<void> {
  return codexClientPool().retire(client, reason);
}

/** The same as soon as nobody uses the client. */
export function retireCodexAppServerClientWhenIdle(client: CodexClient, reason: string): void {
  codexClientPool().retireWhenIdle(client, reason);
}

/** Ends all clients of this process; settled when nothing of them is left. */
export function disposeCodexAppServerClients(): Promise<void> {
  return codexClientPool().dispose();
}
