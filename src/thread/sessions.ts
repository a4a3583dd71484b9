/** The thread sessions of this process, by connection and thread; and whom they tell of what nobody asked for. */
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexClient, CodexNotification, CodexServerRequest } from "../app-server/protocol.js";
import { threadIdOf } from "../app-server/handler-routes.js";
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";
import { takeOverheard } from "./overheard.js";
import { hearLimits } from "./limits-heard.js";
import { ThreadSession, type ThreadHost } from "./session.js";
import type { RequestAnswer } from "./turn-view.js";

type OfClient = {
  sessions: Map<string, ThreadSession>;
  /** How the turns that run now began, by their threads. */
  running: Map<string, CodexNotification>;
  /** How the latest turns to end began and ended, by their threads. */
  ended: Map<string, CodexNotification[]>;
  /** Ends the listening for threads that nobody knows yet. */
  stopListening: () => void;
};

type Sessions = { host: ThreadHost | undefined; clients: Map<CodexClient, OfClient> };

/** How many parents up a sub-agent's bound thread is looked for. */
const DEPTH = 8;
const PARENT_WITHIN_MS = 10_000;
/** A sub-agent whose turn is over within moments is named within moments, too. */
const ENDED_TURNS = 50;

const sessions = processWide("thread-sessions-that-hear-whole-turns", (): Sessions => ({
  host: undefined,
  clients: new Map(),
}));

/**
 * From now on sessions outlive the turns for which they were opened, and tell this host of what happens between them.
 * The returned function ends that, unless another host came since.
 */
export function attachThreadHost(host: ThreadHost): () => void {
  sessions.host = host;
  return () => {
    if (sessions.host === host) sessions.host = undefined;
  };
}

export function threadHost(): ThreadHost | undefined {
  return sessions.host;
}

/** The thread's session on this connection, opened if there is none; the caller makes sure that it is closed. */
export function openThreadSession(
  client: CodexClient,
  threadId: string,
  sessionFile: string,
): ThreadSession {
  const known = findThreadSession(client, threadId);
  if (known && known.sessionFile === sessionFile) return known;
  known?.close();
  const of = sessions.clients.get(client) ?? listenForAgents(client);
  const session = new ThreadSession(client, threadId, sessionFile, {
    host: () => sessions.host,
    heardOf: (id) => heardOf(of, id),
    onClosed: () => {
      closeThreadSession(client, threadId);
      sessions.host?.connectionLost(session);
    },
    onIdle: () => {
      sessions.host?.turnOver(session);
      restThreadSession(session);
    },
  });
  of.sessions.set(threadId, session);
  for (const notification of takeOverheard(client, threadId)) {
    sessions.host?.observe(session, notification);
  }
  return session;
}

/** Opens a session for a thread that has just been started, if somebody hears what comes before its first turn here. */
export function keepThreadSession(
  client: CodexClient,
  threadId: string,
  sessionFile: string,
): void {
  if (sessions.host) openThreadSession(client, threadId, sessionFile);
}

/**
 * Has a thread loaded, whose session hears what comes with that, and has the host look at what it did before. Until then
 * no turn on it counts as anybody's: one can be running, a goal's or another client's. @throws what `load` throws
 */
export async function loadWithSession(
  client: CodexClient,
  threadId: string,
  sessionFile: string,
  load: () => Promise<void>,
): Promise<void> {
  if (!sessions.host) {
    await load();
    return;
  }
  const session = openThreadSession(client, threadId, sessionFile);
  const reservation = session.reserve();
  try {
    await load();
    if (!session.isClosed) await sessions.host?.threadLoaded(session);
  } finally {
    reservation.release();
  }
}

export function findThreadSession(
  client: CodexClient,
  threadId: string,
): ThreadSession | undefined {
  const session = sessions.clients.get(client)?.sessions.get(threadId);
  return session?.isClosed ? undefined : session;
}

/** The sessions of a conversation: more than one only for a moment, while it changes its thread. */
export function sessionsOfConversation(sessionFile: string): ThreadSession[] {
  return [...sessions.clients.values()]
    .flatMap((of) => [...of.sessions.values()])
    .filter((session) => session.sessionFile === sessionFile && !session.isClosed);
}

/** Those that are open on a connection. */
export function sessionsOn(client: CodexClient): Iterable<ThreadSession> {
  return sessions.clients.get(client)?.sessions.values() ?? [];
}

/** A session that was opened for a turn ends with it, unless somebody hears what comes after. */
export function restThreadSession(session: ThreadSession): void {
  if (!sessions.host && !session.isBusy) closeThreadSession(session.client, session.threadId);
}

export function closeThreadSession(client: CodexClient, threadId: string): void {
  const of = sessions.clients.get(client);
  const session = of?.sessions.get(threadId);
  of?.sessions.delete(threadId);
  session?.close();
  takeOverheard(client, threadId);
  if (of?.sessions.size !== 0) return;
  of.stopListening();
  sessions.clients.delete(client);
}

/**
 * A sub-agent can begin its turn, and ask, before its parent has named it. Its thread names the parent, so that its
 * question finds the conversation; how its turn began and ended is remembered until it is met.
 */
function listenForAgents(client: CodexClient): OfClient {
  const of: OfClient = {
    sessions: new Map(),
    running: new Map(),
    ended: new Map(),
    stopListening: () => {},
  };
  sessions.clients.set(client, of);
  // Without a host a session lasts only as long as its turn, and nobody is there to be asked.
  if (!sessions.host) return of;
  const removals = ["turn/started", "turn/completed"].map((method) =>
    client.addNotificationHandler((notification) => noteTurn(of, notification), { method }),
  );
  removals.push(
    hearLimits(client),
    client.addRequestHandler((request) => answerUnknown(client, of, request)),
  );
  of.stopListening = () => {
    for (const remove of removals) remove();
  };
  return of;
}

function noteTurn(of: OfClient, notification: CodexNotification): void {
  const { running, ended } = of;
  const threadId = threadIdOf(notification.params);
  if (threadId === undefined) return;
  const heard = heardOf(of, threadId);
  ended.delete(threadId);
  if (notification.method === "turn/started") {
    running.set(threadId, notification);
    adoptStopped(of, threadId, notification);
    return;
  }
  running.delete(threadId);
  ended.set(threadId, [...heard, notification]);
  keepNewest(ended, ENDED_TURNS);
}

/** How the thread's latest turn began, and ended if it has; of those that have ended only some are remembered. */
function heardOf({ running, ended }: OfClient, threadId: string): readonly CodexNotification[] {
  const began = running.get(threadId);
  return began ? [began] : (ended.get(threadId) ?? []);
}

/** A stop can come before a sub-agent's parent has named it, and nothing would name it after. */
function adoptStopped(of: OfClient, threadId: string, began: CodexNotification): void {
  const stopped = [...of.sessions.values()].find(({ family }) => family.isStopped(began));
  if (stopped && !isKnown(of, threadId)) stopped.adopt(threadId, undefined);
}

async function answerUnknown(
  client: CodexClient,
  of: OfClient,
  request: CodexServerRequest,
): Promise<Awaited<RequestAnswer>> {
  const threadId = threadIdOf(request.params);
  if (threadId === undefined || isKnown(of, threadId)) return undefined;
  const session = await sessionOfAgent(client, of, threadId);
  return session?.family.waits.during(
    request,
    session.answerAgent(request, session.adopt(threadId, undefined)),
  );
}

function isKnown(of: OfClient, threadId: string): boolean {
  return [...of.sessions.values()].some(
    (session) => session.threadId === threadId || session.family.find(threadId) !== undefined,
  );
}

async function sessionOfAgent(
  client: CodexClient,
  of: OfClient,
  agentThreadId: string,
): Promise<ThreadSession | undefined> {
  let threadId: string | undefined = agentThreadId;
  for (let depth = 0; depth < DEPTH && threadId !== undefined; depth += 1) {
    const options = { timeoutMs: PARENT_WITHIN_MS };
    const id: string = threadId;
    // oxlint-disable-next-line no-await-in-loop
    const facts = await callCodex(client, METHODS.readThread, { threadId: id }, options).catch(
      () => undefined,
    );
    threadId = facts?.parentThreadId;
    for (const session of of.sessions.values()) {
      if (session.threadId === threadId || session.family.find(threadId ?? "")) return session;
    }
  }
  return undefined;
}
