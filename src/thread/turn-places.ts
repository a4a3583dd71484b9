/**
 * How many turns run at once on an app-server, and which of the chats' wait for a place. Only those are held back that a
 * message is to begin: what Codex begins by itself, a goal's turns, sub-agents' and other clients', takes a place and
 * asks for none. Who waits for a person or for sub-agents gives its place to others meanwhile, and has it back unasked.
 *
 * A chat stands here with one turn at a time, in order of arrival, so chats take turns. Hangs on globalThis: after a reload
 * the turns of the old copy of this module still run and wait.
 */
import type { CodexAppServerStartOptions } from "../app-server/start-options.js";
import type { CodexClient } from "../app-server/protocol.js";
import { clientKey } from "../app-server/client-key.js";
import { processWide } from "../common/process-wide.js";
import { sessionsOn } from "./sessions.js";

/** A turn of the chat's, from when it may be begun until it is over. */
type Place = { readonly sessionFile: string };

type Waiter = Place & {
  readonly max: number;
  /** It could not begin now though it had a place: others go first. */
  readonly isHeld: () => boolean;
  /** It is its turn to try. */
  wake: (() => void) | undefined;
};

type Server = {
  readonly places: Set<Place>;
  /** In order. */
  readonly waiting: Set<Waiter>;
  readonly clients: Set<WeakRef<CodexClient>>;
  look: NodeJS.Timeout | undefined;
};

export type TurnToPlace = Pick<Waiter, "sessionFile" | "max" | "isHeld"> & {
  start: CodexAppServerStartOptions;
  /** Has the turn listed as waiting while this is pending; rejects if it has left the line. */
  listed: (until: Promise<void>) => Promise<void>;
  /** Aborted when it is not to begin any more. */
  over: AbortSignal;
  /** It has to wait. Must not throw. */
  onWaits: () => void;
};

/** What frees a place without a word here, such as a question to a person, is found after so long. */
const LOOK_AGAIN_MS = 1000;

const servers = processWide("turn-places", () => new Map<string, Server>());

/** Which server a client is connected to: whatever profile its account is of. */
export function noteServerOf(client: CodexClient, start: CodexAppServerStartOptions): void {
  const { clients } = serverOf(start);
  for (const known of clients) {
    const other = known.deref();
    if (other === client) return;
    if (other === undefined) clients.delete(known);
  }
  clients.add(new WeakRef(client));
}

/** Takes a place without waiting for one: for a turn that may run already. The returned function gives it back. */
export function occupyTurnPlace(
  sessionFile: string,
  start: CodexAppServerStartOptions,
): () => void {
  const server = serverOf(start);
  const place = { sessionFile };
  server.places.add(place);
  return () => {
    server.places.delete(place);
    wakeNext(server);
  };
}

/**
 * Takes a place once there is one; the returned function gives it back.
 * @throws what `listed` throws; undefined if it is over before
 */
export async function takeTurnPlace(turn: TurnToPlace): Promise<(() => void) | undefined> {
  const server = serverOf(turn.start);
  const { sessionFile, max, isHeld, over } = turn;
  const mustWait = [...server.waiting].some((other) => !other.isHeld());
  if (!mustWait && (max === Infinity || atWork(server) < max))
    return occupyTurnPlace(sessionFile, turn.start);
  const waiter: Waiter = { sessionFile, max, isHeld, wake: undefined };
  server.waiting.add(waiter);
  const ends = Promise.withResolvers<void>();
  const end = (): void => ends.resolve();
  over.addEventListener("abort", end, { once: true });
  if (over.aborted) end();
  else turn.onWaits();
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        waiter.wake = resolve;
      });
      wakeNext(server);
      // oxlint-disable-next-line no-await-in-loop
      await turn.listed(Promise.race([woken, ends.promise]));
      if (over.aborted) return undefined;
      // Others can have been quicker while its line was on hold.
      if (atWork(server) < max) return occupyTurnPlace(sessionFile, turn.start);
    }
  } finally {
    server.waiting.delete(waiter);
    over.removeEventListener("abort", end);
    wakeNext(server);
  }
}

/** A turn or a sub-agent may have ended, or waits. */
export function lookForTurnPlaces(): void {
  for (const server of servers.values()) wakeNext(server);
}

/** How many turns are at work on the server for a place on which the chat waits; undefined if it waits for none. */
export function turnsAheadOfPlace(sessionFile: string): number | undefined {
  for (const server of servers.values()) {
    for (const waiter of server.waiting) {
      if (waiter.sessionFile === sessionFile) return atWork(server);
    }
  }
  return undefined;
}

/** How many turns are at work there, and how many wait for a place. */
export function loadOf(start: CodexAppServerStartOptions): { working: number; waiting: number } {
  const server = servers.get(clientKey(start, undefined));
  return server
    ? { working: atWork(server), waiting: server.waiting.size }
    : { working: 0, waiting: 0 };
}

/** The one of these clients that is connected to it. */
export function connectedTo(
  start: CodexAppServerStartOptions,
  ready: readonly CodexClient[],
): CodexClient | undefined {
  const known = servers.get(clientKey(start, undefined))?.clients ?? [];
  const clients = new Set([...known].map((each) => each.deref()));
  return ready.find((client) => clients.has(client));
}

function serverOf(start: CodexAppServerStartOptions): Server {
  const key = clientKey(start, undefined);
  const known = servers.get(key);
  if (known) return known;
  const server: Server = {
    places: new Set(),
    waiting: new Set(),
    clients: new Set(),
    look: undefined,
  };
  servers.set(key, server);
  return server;
}

/** Lets the first try that can; it wakes the next one when it has its place. */
function wakeNext(server: Server): void {
  clearTimeout(server.look);
  server.look = undefined;
  if (server.waiting.size === 0) return;
  const working = atWork(server);
  const next = [...server.waiting].find(
    ({ wake, max, isHeld }) => wake !== undefined && working < max && !isHeld(),
  );
  const wake = next?.wake;
  if (next) next.wake = undefined;
  wake?.();
  server.look = setTimeout(() => wakeNext(server), LOOK_AGAIN_MS);
  server.look.unref();
}

/**
 * The chats' turns that have a place, those that Codex has begun by itself, and the sub-agents; without those that wait.
 * Nothing is made for each session, since a gateway has a thousand and more.
 */
function atWork({ places, clients }: Server): number {
  const placed = new Set<string>();
  for (const { sessionFile } of places) placed.add(sessionFile);
  let count = placed.size;
  for (const known of clients) {
    const client = known.deref();
    if (!client) continue;
    for (const { sessionFile, threadId, family, hasTurn } of sessionsOn(client)) {
      const isWaiting = family.waits.isWaiting(threadId);
      if (isWaiting && placed.delete(sessionFile)) count -= 1;
      else if (!isWaiting && hasTurn && !placed.has(sessionFile)) count += 1;
      count += family.countAtWork();
    }
  }
  return count;
}
