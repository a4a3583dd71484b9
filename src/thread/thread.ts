/**
 * The Codex thread of a conversation: started, resumed, or replaced where it is gone.
 *
 * Which threads are loaded hangs on globalThis: a config reload loads a fresh copy of this module, whose sweep and
 * commands must know the turns that the old copy still runs, and those that it goes on to begin.
 */
import { isFar } from "../app-server/start-options.js";
import { monotonicMs } from "../common/clock.js";
import { pause } from "../common/pause.js";
import { processWide } from "../common/process-wide.js";
import type { CodexAppServerRuntimeOptions } from "../app-server/config.js";
import {
  CodexLocalError,
  isActiveWriter,
  isNoRollout,
  isThreadNotFound,
} from "../app-server/errors.js";
import { callCodex, METHODS, type ThreadAnswer } from "../app-server/methods.js";
import type { CodexClient } from "../app-server/protocol.js";
import { runsCommands } from "../app-server/running-commands.js";
import { closeThreadSession, findThreadSession, loadWithSession, threadHost } from "./sessions.js";
import { overhearing } from "./overheard.js";
import { notePlanMode } from "./plan-mode.js";
import { updateCodexAppServerBinding, type CodexAppServerBinding } from "./thread-binding.js";
import { settingsOfBinding, threadOverrides, type CodexThreadSettings } from "./thread-settings.js";
import { requireWorkspace } from "./workspace-folder.js";
import { DEVELOPER_INSTRUCTIONS, SEND_FILE } from "./instructions.js";

/** What thread/start and thread/resume answer, as far as it is used here. */
export type CodexThreadFacts = {
  threadId: string;
  cwd: string;
  model: string | undefined;
  modelProvider: string | undefined;
};

/** How long a thread may be unused before it is left, so that Codex need not hold every thread forever. */
const LEAVE_AFTER_MS = 30 * 60_000;

const WRITER_LEAVES_WITHIN_MS = 2000;
const WRITER_LOOK_MS = 200;

/** A thread that a connection has loaded and listens to. */
type LoadedThread = {
  /** A turn runs on it, whoever loads it meanwhile. */
  busy: boolean;
  /** By the monotonic clock. */
  usedAt: number;
};

/** By connection, not by process: after a reconnection a loaded thread's events come only once it was resumed. */
type LoadedThreads = {
  loaded: WeakMap<CodexClient, Map<string, LoadedThread>>;
  /** Unsubscribing threads: one must not be resumed in between. */
  leaving: WeakMap<CodexClient, Map<string, Promise<void>>>;
};

const { loaded, leaving } = processWide("loaded-threads-by-monotonic-clock", (): LoadedThreads => ({
  loaded: new WeakMap(),
  leaving: new WeakMap(),
}));

/** Starts a thread that works in `cwd`. */
export async function startThread(
  client: CodexClient,
  cwd: string,
  settings: CodexThreadSettings,
  timeoutMs: number,
): Promise<CodexThreadFacts> {
  const params = {
    cwd,
    developerInstructions: DEVELOPER_INSTRUCTIONS,
    // The files of another machine are not here to be sent.
    ...(settings.start && !isFar(settings.start) ? { dynamicTools: [SEND_FILE] } : {}),
    ...(await threadOverrides(client, "started", settings)),
  };
  return overheardByHost(client, async () => {
    const answer = await callCodex(client, METHODS.startThread, params, { timeoutMs });
    return rememberLoaded(client, threadFacts(answer, { cwd }));
  });
}

/**
 * Loads a thread and subscribes to it. Permissions go with it, since a bare resume restores different ones in
 * different versions of Codex, and the fence in the place of the sandbox; the turns stay where they are.
 */
export async function resumeThread(
  client: CodexClient,
  threadId: string,
  settings: CodexThreadSettings,
  timeoutMs: number,
): Promise<CodexThreadFacts> {
  const overrides = await threadOverrides(client, "loaded again", settings);
  const params = { threadId, excludeTurns: true as const, ...overrides };
  const load = async (): Promise<CodexThreadFacts> => {
    const answer = await callCodex(client, METHODS.resumeThread, params, { timeoutMs });
    return rememberLoaded(client, threadFacts(answer, { threadId, cwd: "" }));
  };
  return findThreadSession(client, threadId) ? load() : overheardByHost(client, load);
}

/**
 * Copies a thread's history into a new one, with the settings of its own, up to a turn if one is named; the copy is loaded.
 */
export async function forkThread(
  client: CodexClient,
  { threadId, lastTurnId }: { threadId: string; lastTurnId?: string | undefined },
  settings: CodexThreadSettings,
  timeoutMs: number,
): Promise<CodexThreadFacts> {
  const params = {
    threadId,
    excludeTurns: true as const,
    ...(lastTurnId === undefined ? {} : { lastTurnId }),
    developerInstructions: DEVELOPER_INSTRUCTIONS,
    ...(await threadOverrides(client, "loaded again", settings)),
  };
  return overheardByHost(client, async () => {
    const answer = await callCodex(client, METHODS.forkThread, params, { timeoutMs });
    return rememberLoaded(client, threadFacts(answer, { cwd: "" }));
  });
}

/** Without a host nobody would be told. */
function overheardByHost(
  client: CodexClient,
  load: () => Promise<CodexThreadFacts>,
): Promise<CodexThreadFacts> {
  return threadHost() ? overhearing(client, load) : load();
}

/** Ends this connection's interest in a thread that no turn runs on, so that Codex can unload it. Failures do no harm. */
export async function leaveThread(
  client: CodexClient,
  threadId: string,
  timeoutMs: number,
): Promise<void> {
  const thread = loaded.get(client)?.get(threadId);
  const session = findThreadSession(client, threadId);
  if (!thread || thread.busy || session?.isBusy) return;
  const agents = session?.family.agents().map((agent) => agent.threadId) ?? [];
  forgetLoaded(client, threadId);
  const threads = leaving.get(client) ?? new Map<string, Promise<void>>();
  leaving.set(client, threads);
  // The sub-agents stay loaded for as long as anybody listens to them.
  const left = Promise.allSettled(
    [threadId, ...agents].map((id) =>
      callCodex(client, METHODS.unsubscribeThread, { threadId: id }, { timeoutMs }),
    ),
  ).then(() => undefined);
  threads.set(threadId, left);
  await left;
  threads.delete(threadId);
}

/** A turn on the thread is over: from now on it counts as idle. */
export function restThread(client: CodexClient, threadId: string): void {
  setBusy(client, threadId, false);
}

function setBusy(client: CodexClient, threadId: string, busy: boolean): void {
  const thread = loaded.get(client)?.get(threadId);
  if (thread) Object.assign(thread, { busy, usedAt: monotonicMs() });
}

/**
 * Leaves the threads of a connection that have been idle for long and run no commands, which would end with them; called
 * now and then by whoever owns it.
 */
export async function leaveIdleThreads(client: CodexClient, timeoutMs: number): Promise<void> {
  const leave = async ([threadId, thread]: [string, LoadedThread]): Promise<void> => {
    if (!isIdle(thread)) return;
    const agents = findThreadSession(client, threadId)?.family.agents() ?? [];
    const ids = [threadId, ...agents.map((agent) => agent.threadId)];
    const runs = await Promise.all(ids.map((id) => runsCommands(client, id, timeoutMs)));
    if (!runs.includes(true) && isIdle(thread)) await leaveThread(client, threadId, timeoutMs);
  };
  await Promise.allSettled([...(loaded.get(client) ?? [])].map(leave));
}

function isIdle({ busy, usedAt }: LoadedThread): boolean {
  return !busy && monotonicMs() - usedAt >= LEAVE_AFTER_MS;
}

export function isLoaded(client: CodexClient, threadId: string): boolean {
  return loaded.get(client)?.has(threadId) === true;
}

export function forgetLoaded(client: CodexClient, threadId: string): void {
  loaded.get(client)?.delete(threadId);
  closeThreadSession(client, threadId);
}

/** Where a thread stands for the next turn on this connection. */
export type ReadyThread =
  | { kind: "loaded" | "resumed" }
  /** There is no such thread any more. */
  | { kind: "gone" }
  /** Codex would not resume it for a reason that does not say that it is gone. */
  | { kind: "refused"; error: unknown };

/**
 * Makes a bound thread ready for a turn on this connection, and busy until `restThread`. The one way in which the thread
 * of a chat is loaded once it is bound, so that its host knows before. @throws CodexLocalError
 */
export async function readyThread(
  client: CodexClient,
  binding: CodexAppServerBinding,
  { runtime, sessionFile }: { runtime: CodexAppServerRuntimeOptions; sessionFile: string },
): Promise<ReadyThread> {
  if (isLoaded(client, binding.threadId)) {
    setBusy(client, binding.threadId, true);
    return { kind: "loaded" };
  }
  await leaving.get(client)?.get(binding.threadId);
  await threadHost()?.threadLoads(client, binding.threadId, sessionFile);
  try {
    const { threadId } = binding;
    const settings = settingsOfBinding(binding, runtime);
    await loadWithSession(client, threadId, sessionFile, async () => {
      await resumeOnceFree(() =>
        resumeThread(client, threadId, settings, runtime.requestTimeoutMs),
      );
      setBusy(client, threadId, true);
    });
    return { kind: "resumed" };
  } catch (error) {
    if (error instanceof CodexLocalError) throw error;
    return isNoRollout(error) || isThreadNotFound(error)
      ? { kind: "gone" }
      : { kind: "refused", error };
  }
}

/** The process of a gateway that was killed holds its threads until it has ended, which takes it a moment. */
async function resumeOnceFree(resume: () => Promise<unknown>): Promise<void> {
  const end = monotonicMs() + WRITER_LEAVES_WITHIN_MS;
  for (;;) {
    try {
      await resume();
      return;
    } catch (error) {
      if (!isActiveWriter(error) || monotonicMs() >= end) throw error;
      await pause(WRITER_LOOK_MS);
    }
  }
}

/**
 * Starts a new thread in the folder of one that is gone, and binds the session to it. Undefined where the session has
 * another thread meanwhile, or none: that was a person's choice, and stays. The new thread is busy until `restThread`.
 */
export async function replaceThread(
  client: CodexClient,
  sessionFile: string,
  binding: CodexAppServerBinding,
  runtime: CodexAppServerRuntimeOptions,
): Promise<CodexAppServerBinding | undefined> {
  const cwd = binding.cwd || (runtime.defaultWorkspaceDir ?? process.cwd());
  await requireWorkspace(cwd, runtime);
  const settings = settingsOfBinding(binding, runtime);
  const { requestTimeoutMs } = runtime;
  const facts = await startThread(client, cwd, settings, requestTimeoutMs);
  const change = { threadId: facts.threadId, cwd: facts.cwd, hasRun: false };
  const replacement = await updateCodexAppServerBinding(sessionFile, ({ threadId }) =>
    threadId === binding.threadId ? change : undefined,
  );
  if (replacement) setBusy(client, facts.threadId, true);
  else await leaveThread(client, facts.threadId, requestTimeoutMs);
  return replacement;
}

/** @throws Error where neither the answer nor `known` names the thread */
function threadFacts(
  answer: ThreadAnswer,
  known: { threadId?: string; cwd: string },
): CodexThreadFacts {
  const threadId = answer.threadId ?? known.threadId;
  if (!threadId) throw new Error("Codex answered without a thread id. Update Codex and try again.");
  notePlanMode(threadId, answer.isInPlanMode);
  return { ...answer, threadId, cwd: answer.cwd ?? known.cwd };
}

function rememberLoaded(client: CodexClient, facts: CodexThreadFacts): CodexThreadFacts {
  const threads = loaded.get(client) ?? new Map<string, LoadedThread>();
  const busy = threads.get(facts.threadId)?.busy ?? false;
  loaded.set(client, threads.set(facts.threadId, { busy, usedAt: monotonicMs() }));
  return facts;
}
