/** What a session's turns and commands begin with: its thread binding, and the Codex that holds its thread. */
import { CodexNotSignedInError, ensureSignedIn, forgetSignIn } from "../app-server/account.js";
import { retireCodexAppServerClientWhenIdle } from "../app-server/client-pool.js";
import {
  resolveCodexAppServerRuntimeOptions,
  serverNames,
  type CodexAppServerRuntimeOptions,
} from "../app-server/config.js";
import {
  inspectCodexAppServerBinding,
  readCodexAppServerBinding,
  type CodexAppServerBinding,
  type CodexAppServerBindingState,
} from "./thread-binding.js";
import type { CodexClient } from "../app-server/protocol.js";
import { getSharedCodexAppServerClient } from "../app-server/shared-client.js";
import { NoThreadBindingError, ThreadBindingUnreadableError } from "./errors.js";
import { noteServerOf } from "./turn-places.js";
import { clientThatHolds } from "../app-server/thread-holders.js";

/** The session's thread. @throws where there is none, or its file is damaged */
export async function requireBinding(sessionFile: string): Promise<CodexAppServerBinding> {
  return bindingOf(await inspectCodexAppServerBinding(sessionFile));
}

/** The thread that a look at the session's binding has found. @throws as `requireBinding` */
export function bindingOf(state: CodexAppServerBindingState): CodexAppServerBinding {
  switch (state.kind) {
    case "bound":
      return state.binding;
    case "none":
      throw new NoThreadBindingError();
    case "unreadable":
      throw new ThreadBindingUnreadableError(state.reason);
  }
}

/** The settings of the server that a thread is on. @throws CodexConfigError, CodexServerGoneError */
export function runtimeOfBinding(
  pluginConfig: unknown,
  binding: Pick<CodexAppServerBinding, "server"> | undefined,
): CodexAppServerRuntimeOptions {
  return resolveCodexAppServerRuntimeOptions({ pluginConfig, server: binding?.server });
}

/** The same for the thread that a session has now. @throws CodexConfigError, CodexServerGoneError */
export async function runtimeOfSession(session: {
  sessionFile: string;
  pluginConfig?: unknown;
}): Promise<CodexAppServerRuntimeOptions> {
  const binding = await readCodexAppServerBinding(session.sessionFile);
  return runtimeOfBinding(session.pluginConfig, binding);
}

/** The name of a session's server. Where there is only one, no file is read for it. */
export async function serverOfSession(session: {
  sessionFile: string;
  pluginConfig?: unknown;
}): Promise<string | undefined> {
  if (serverNames(session.pluginConfig).length === 1) return undefined;
  return (await readCodexAppServerBinding(session.sessionFile))?.server;
}

type BoundThread = {
  server?: string | undefined;
  threadId?: string | undefined;
  authProfileId?: string | undefined;
};

/** Clients that something was asked of before: their sign-in and their configuration were read some time ago. */
const inUse = new WeakSet<CodexClient>();

/**
 * The client for a session: that of these settings and the binding's profile, or the one that runs its thread, or the
 * threads beside it, from before the settings changed. @throws CodexLocalError
 */
export async function clientOfSession(
  runtime: CodexAppServerRuntimeOptions,
  binding: BoundThread | undefined,
  timeoutMs = runtime.requestTimeoutMs,
): Promise<CodexClient> {
  const client = await givenClient(runtime, binding, timeoutMs);
  inUse.add(client);
  return client;
}

async function givenClient(
  runtime: CodexAppServerRuntimeOptions,
  binding: BoundThread | undefined,
  timeoutMs: number,
): Promise<CodexClient> {
  const { threadId, authProfileId } = binding ?? {};
  // Another server's settings would look for the thread where it is not, and perhaps begin another one there.
  if (binding && binding.server !== runtime.start.server) {
    throw new Error("These are the settings of another server than the thread's.");
  }
  const request = {
    startOptions: runtime.start,
    timeoutMs,
    ...(runtime.idleShutdownMs === undefined ? {} : { idleShutdownMs: runtime.idleShutdownMs }),
    ...(authProfileId === undefined ? {} : { authProfileId }),
  };
  const holder = threadId === undefined ? undefined : await clientThatHolds(threadId, request);
  if (holder) return holder;
  const client = await getSharedCodexAppServerClient(request);
  noteServerOf(client, runtime.start);
  return client;
}

/** The same, for what needs an account. @throws CodexLocalError, CodexNotSignedInError */
export async function signedInClientOfSession(
  runtime: CodexAppServerRuntimeOptions,
  binding: BoundThread | undefined,
): Promise<CodexClient> {
  const client = await givenClient(runtime, binding, runtime.requestTimeoutMs);
  const isNew = !inUse.has(client);
  inUse.add(client);
  try {
    await ensureAccount(client, runtime);
    return client;
  } catch (error) {
    if (!(error instanceof CodexNotSignedInError) || isNew) throw error;
  }
  // Somebody may have signed in, or mended the configuration, since its process has read them.
  const next = await clientOfSession(runtime, binding);
  await ensureAccount(next, runtime);
  return next;
}

/** @throws CodexLocalError, CodexNotSignedInError */
async function ensureAccount(
  client: CodexClient,
  { requestTimeoutMs: timeoutMs, start }: CodexAppServerRuntimeOptions,
): Promise<void> {
  try {
    await ensureSignedIn(client, { timeoutMs, ...start });
  } catch (error) {
    if (error instanceof CodexNotSignedInError) signInAnew(client);
    throw error;
  }
}

/**
 * Codex 0.171 reads its sign-in when it starts and goes on with that, whoever signs in meanwhile. So after a failure
 * of it the next message gets another process, as soon as no turn runs on this one.
 */
export function signInAnew(client: CodexClient): void {
  forgetSignIn(client);
  retireCodexAppServerClientWhenIdle(
    client,
    "The Codex app-server was closed, so that the next one reads the sign-in again.",
  );
}
