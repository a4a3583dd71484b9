/**
 * Binds that OpenClaw has asked the chat about, undecided yet. Each has a thread binding of its own, so that a chat in
 * which two are asked gets the one that was allowed, and a denial takes away no other.
 *
 * Hang on globalThis, as OpenClaw's questions outlive a reload of the plugin; like those they end with the process.
 */
import { processWide } from "../common/process-wide.js";
import { thisProcess } from "../common/this-process.js";
import { readBoundConversation } from "../host/bound-conversation.js";
import { leaveOnAllClients } from "./leave-everywhere.js";
import {
  readCodexAppServerBinding,
  restoreCodexAppServerBinding,
  updateCodexAppServerBinding,
  type CodexAppServerBinding,
} from "./thread-binding.js";

/** After this time OpenClaw 2026.9.6 takes no decision, and does not say so. */
const DECIDED_WITHIN_MS = 30 * 60_000;
/** The thread is given back a little later, so that a decision of the last moment finds it. */
const GIVEN_UP_AFTER_MS = DECIDED_WITHIN_MS + 60_000;
const REMEMBERED = 20;

type AskedBind = {
  /** What the question says, folder included: OpenClaw hands it back with the decision. */
  summary: string;
  binding: CodexAppServerBinding;
  /** By the clock of `performance`. */
  at: number;
};

const asked = processWide("asked-binds", () => new Map<string, AskedBind[]>());

/** A bind that nobody decides is taken back when OpenClaw takes no answer any more. @throws file-system errors */
export async function noteAskedBind(
  sessionFile: string,
  summary: string,
  binding: CodexAppServerBinding,
): Promise<void> {
  const bind = { summary, binding, at: performance.now() };
  asked.set(sessionFile, [...open(sessionFile), bind].slice(-REMEMBERED));
  const takesBack = setTimeout(() => {
    // What cannot be taken back now stays until the chat is bound or detached.
    giveUp(sessionFile, bind).catch(() => {});
  }, GIVEN_UP_AFTER_MS);
  takesBack.unref();
  await updateCodexAppServerBinding(sessionFile, ({ threadId }) =>
    threadId === binding.threadId ? { askedIn: thisProcess.id } : undefined,
  );
}

/** The chat may be bound: what it has is its own. @throws file-system errors */
export async function noteAllowedBind(sessionFile: string): Promise<void> {
  await updateCodexAppServerBinding(sessionFile, ({ askedIn }) =>
    askedIn === undefined ? undefined : { askedIn: undefined },
  );
}

/** Whether nobody can allow the bind any more: OpenClaw forgets with its process what it has asked. */
export async function isForgottenBind(
  sessionFile: string,
  { askedIn }: CodexAppServerBinding,
): Promise<boolean> {
  if (askedIn === undefined || askedIn === thisProcess.id) return false;
  // It was allowed, and the process ended before that was noted.
  return (await readBoundConversation(sessionFile)) === undefined;
}

async function giveUp(sessionFile: string, bind: AskedBind): Promise<void> {
  const all = asked.get(sessionFile) ?? [];
  if (!all.includes(bind)) return;
  const left = all.filter((other) => other !== bind);
  if (left.length === 0) asked.delete(sessionFile);
  else asked.set(sessionFile, left);
  await takeBackBind(sessionFile, bind.binding, left.at(-1)?.binding);
}

/**
 * Takes a bind back that nobody allows: its thread binding goes, unless the chat is known to be bound by another, and
 * its thread is left, unless the chat has it all the same or is still asked about it. `left`: a bind that is still open.
 * @throws file-system errors
 */
export async function takeBackBind(
  sessionFile: string,
  { threadId }: CodexAppServerBinding,
  left: CodexAppServerBinding | undefined,
): Promise<void> {
  if (!(await readBoundConversation(sessionFile))) {
    await restoreCodexAppServerBinding(sessionFile, threadId, left);
  }
  const current = await readCodexAppServerBinding(sessionFile);
  const isWanted = current?.threadId === threadId || isAskedFor(sessionFile, threadId);
  if (!isWanted) leaveOnAllClients(threadId);
}

/**
 * Takes a bind with this question off the list: of several that read the same the newest is allowed, since it is what
 * the chat was bound to last, and the oldest denied. `left` is the newest of those that are still open.
 */
export function takeDecidedBind(
  sessionFile: string,
  summary: string | undefined,
  decision: "approved" | "denied",
): { decided: CodexAppServerBinding | undefined; left: CodexAppServerBinding | undefined } {
  const all = open(sessionFile);
  const hasSummary = (bind: AskedBind): boolean => bind.summary === summary;
  const decided = decision === "approved" ? all.findLast(hasSummary) : all.find(hasSummary);
  const left = all.filter((bind) => bind !== decided);
  if (left.length === 0) asked.delete(sessionFile);
  else asked.set(sessionFile, left);
  return { decided: decided?.binding, left: left.at(-1)?.binding };
}

function isAskedFor(sessionFile: string, threadId: string): boolean {
  return open(sessionFile).some(({ binding }) => binding.threadId === threadId);
}

function open(sessionFile: string): AskedBind[] {
  const oldest = performance.now() - DECIDED_WITHIN_MS;
  return (asked.get(sessionFile) ?? []).filter(({ at }) => at >= oldest);
}
