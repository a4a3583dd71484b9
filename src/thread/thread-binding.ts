/** The file that says which Codex thread a session belongs to: `<sessionFile>.codex-app-server.json`. */
import { noteChange } from "../common/changes.js";
import { pause } from "../common/pause.js";
import { processWide } from "../common/process-wide.js";
import path from "node:path";
import * as z from "zod/mini";
import {
  APPROVALS_REVIEWERS,
  APPROVAL_POLICIES,
  SANDBOX_MODES,
  SERVICE_TIERS,
} from "../app-server/config-schema.js";
import { PERSONALITIES } from "../app-server/model-catalog.js";
import { oneAtATime } from "../common/one-at-a-time.js";
import {
  listPrivateFolder,
  readPrivateFile,
  removePrivateFile,
  isShortage,
  setAside,
  writePrivateFile,
} from "../host/private-files.js";

/** A value that an older or newer version wrote and this one does not know reads as absent. */
const lenient = <T>(schema: z.ZodMiniType<T>) => z.catch(z.optional(schema), undefined);
const text = z.string().check(z.regex(/\S/));

const bindingSchema = z.object({
  schemaVersion: z.literal(1),
  threadId: text,
  /** Absolute folder that the thread works in; empty where it is not known. */
  cwd: z.catch(z.string(), ""),
  /** The server that the thread is on, by its name in the settings; absent: that of `appServer`. */
  server: z.optional(text),
  authProfileId: lenient(text),
  model: lenient(text),
  modelProvider: lenient(text),
  /** Reasoning effort of the turns; absent: the thread's own. */
  effort: lenient(text),
  /** How the model speaks, if it has more than one way; absent: as Codex has it. */
  personality: lenient(z.enum(PERSONALITIES)),
  // Codex 0.154 and later refuse on-failure, which older bindings hold.
  approvalPolicy: z.pipe(
    z.transform((value) => (value === "on-failure" ? "on-request" : value)),
    lenient(z.enum(APPROVAL_POLICIES)),
  ),
  approvalsReviewer: lenient(z.enum(APPROVALS_REVIEWERS)),
  sandbox: lenient(z.enum(SANDBOX_MODES)),
  /** Whether Codex plans instead of working; absent: as the thread has it. */
  plan: lenient(z.boolean()),
  /** False: the chat is not told of turns that another client begins on its thread. */
  follow: lenient(z.boolean()),
  /** `default` was chosen over a configured tier. */
  serviceTier: lenient(z.enum([...SERVICE_TIERS, "default"])),
  /** False until a turn has started; absent in files of other makers, whose threads count as used. */
  hasRun: lenient(z.boolean()),
  /** The newest turn of a thread whose end the chat has seen, or that began with a message of the chat. */
  seen: lenient(z.object({ threadId: text, turnId: text })),
  /** The process whose OpenClaw asks whether the chat may be bound; absent: it may. */
  askedIn: lenient(text),
  /** Turns of the chat's that it was told have failed, and that Codex may finish: by their ids or their messages'. */
  lost: lenient(
    z.array(z.object({ threadId: text, turnId: lenient(text), clientId: lenient(text) })),
  ),
  createdAt: z.catch(z.string(), ""),
  updatedAt: z.catch(z.string(), ""),
});

export type CodexAppServerBinding = z.infer<typeof bindingSchema>;

/** A binding to write: version and times are added, `createdAt` kept where it is given. */
export type CodexAppServerBindingInput = Omit<
  Partial<CodexAppServerBinding>,
  "schemaVersion" | "threadId" | "cwd" | "updatedAt"
> & { threadId: string; cwd: string };

/**
 * One change of a binding at a time: a setting from the chat and a turn's own note must not undo each other. Hangs on
 * globalThis: after a config reload the turn's note comes from the old copy of this module, the setting from the fresh.
 */
const inTurn = processWide("binding-changes", oneAtATime);

export type CodexAppServerBindingState =
  | { kind: "bound"; binding: CodexAppServerBinding }
  | { kind: "none" }
  /** The file is there and holds no binding, as far as can be told; `reason` says why. */
  | { kind: "unreadable"; file: string; reason: string; error?: unknown };

const SUFFIX = ".codex-app-server.json";
const READS = 6;
const READ_AGAIN_MS = 1000;

export function codexAppServerBindingFile(sessionFile: string): string {
  return sessionFile + SUFFIX;
}

/** The session files in a folder that have a thread binding. */
export async function listCodexAppServerBindings(folder: string): Promise<string[]> {
  return (await listPrivateFolder(folder))
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => path.join(folder, name.slice(0, -SUFFIX.length)));
}

/** Looks at a session's thread binding and tells a missing one from a damaged one. */
export async function inspectCodexAppServerBinding(
  sessionFile: string,
): Promise<CodexAppServerBindingState> {
  const file = codexAppServerBindingFile(sessionFile);
  let content: string | undefined;
  try {
    content = await readPrivateFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    return { kind: "unreadable", file, reason, error };
  }
  if (content === undefined) return { kind: "none" };
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return { kind: "unreadable", file, reason: "it is not JSON" };
  }
  const parsed = bindingSchema.safeParse(value);
  return parsed.success
    ? { kind: "bound", binding: parsed.data }
    : { kind: "unreadable", file, reason: "it is not a thread binding of version 1" };
}

/** Reads a session's thread binding; undefined where there is none that can be used. */
export async function readCodexAppServerBinding(
  sessionFile: string,
): Promise<CodexAppServerBinding | undefined> {
  const state = await inspectCodexAppServerBinding(sessionFile);
  return state.kind === "bound" ? state.binding : undefined;
}

/**
 * The same; what the machine cannot read at the moment, for want of open files for example, is tried again for a few
 * seconds. @throws what it cannot read then either
 */
export async function readBindingPatiently(
  sessionFile: string,
): Promise<CodexAppServerBinding | undefined> {
  for (let left = READS - 1; ; left -= 1) {
    // oxlint-disable-next-line no-await-in-loop
    const state = await inspectCodexAppServerBinding(sessionFile);
    if (state.kind === "bound") return state.binding;
    if (state.kind === "none" || !isShortage(state.error)) return undefined;
    if (left === 0) throw state.error;
    // oxlint-disable-next-line no-await-in-loop
    await pause(READ_AGAIN_MS);
  }
}

/**
 * Writes a session's thread binding. A damaged file in its place is set aside first.
 * @throws file-system errors; the earlier binding is then as it was
 */
export function writeCodexAppServerBinding(
  sessionFile: string,
  binding: CodexAppServerBindingInput,
): Promise<void> {
  return inTurn(sessionFile, () => write(sessionFile, binding));
}

type Change = Partial<CodexAppServerBindingInput>;

/**
 * Changes fields of an existing binding; returns the new one, or undefined where there is none. Whoever goes by what
 * the binding was some time ago passes a function, which looks at it as it stands and can leave it, with undefined.
 */
export function updateCodexAppServerBinding(
  sessionFile: string,
  change: Change | ((current: CodexAppServerBinding) => Change | undefined),
): Promise<CodexAppServerBinding | undefined> {
  return inTurn(sessionFile, async () => {
    const current = await readCodexAppServerBinding(sessionFile);
    const wanted = typeof change === "function" ? current && change(current) : change;
    if (!current || !wanted) return undefined;
    await write(sessionFile, { ...current, ...wanted });
    return readCodexAppServerBinding(sessionFile);
  });
}

/** Of what comes later the chat may not have heard. @throws file-system errors */
export async function noteSeenTurn(
  sessionFile: string,
  threadId: string,
  turnId: string,
): Promise<void> {
  await updateCodexAppServerBinding(sessionFile, (current) =>
    current.threadId === threadId && current.seen?.turnId !== turnId
      ? { seen: { threadId, turnId } }
      : undefined,
  );
}

/** Codex names turns by the time of their beginning: this sorts before each. */
const BEFORE_ALL_TURNS = "0";

/** On a thread that has had no turn yet all that come are the chat's to hear. @throws file-system errors */
export async function noteNothingSeen(sessionFile: string, on: string): Promise<void> {
  await updateCodexAppServerBinding(sessionFile, ({ threadId, hasRun, seen }) =>
    threadId === on && hasRun === false && seen?.threadId !== on
      ? { seen: { threadId, turnId: BEFORE_ALL_TURNS } }
      : undefined,
  );
}

/** What is known of a turn by which it can be found: its id, or the id that its message was given with. */
export type KnownTurn = { turnId?: string | undefined; clientId?: string | undefined };

/** So many turns are kept that Codex may finish yet; its record is looked back over no further. */
const LOST_TURNS = 20;

/**
 * The chat is told that this turn failed, or was dropped. Codex may finish it: its answer then comes when the thread is
 * next loaded. Without `ranOn` it ran on the thread that the session has now. Never rejects.
 */
export async function noteLostTurn(
  sessionFile: string,
  { turnId, clientId }: KnownTurn,
  ranOn?: string,
): Promise<void> {
  await updateCodexAppServerBinding(sessionFile, ({ threadId, lost = [] }) => {
    if (ranOn !== undefined && threadId !== ranOn) return undefined;
    const isSame = (turn: KnownTurn): boolean =>
      (turnId !== undefined && turn.turnId === turnId) ||
      (clientId !== undefined && turn.clientId === clientId);
    const others = lost.filter((turn) => turn.threadId === threadId && !isSame(turn));
    return { lost: [...others, { threadId, turnId, clientId }].slice(-LOST_TURNS) };
  }).catch(() => undefined);
}

/** Removes a session's thread binding. */
export function clearCodexAppServerBinding(sessionFile: string): Promise<void> {
  return inTurn(sessionFile, () => remove(sessionFile));
}

/** Puts back what the session had before it was bound to `threadId`; one that has another thread by now keeps that. */
export function restoreCodexAppServerBinding(
  sessionFile: string,
  threadId: string,
  earlier: CodexAppServerBinding | undefined,
): Promise<void> {
  return inTurn(sessionFile, async () => {
    const current = await readCodexAppServerBinding(sessionFile);
    if (current?.threadId !== threadId) return;
    if (earlier) await write(sessionFile, earlier);
    else await remove(sessionFile);
  });
}

async function remove(sessionFile: string): Promise<void> {
  await removePrivateFile(codexAppServerBindingFile(sessionFile));
  noteChange(sessionFile);
}

async function write(sessionFile: string, binding: CodexAppServerBindingInput): Promise<void> {
  const state = await inspectCodexAppServerBinding(sessionFile);
  if (state.kind === "unreadable") {
    // It may be as good as ever: nothing is known of it.
    if (isShortage(state.error)) throw state.error;
    await setAside(state.file);
  }
  const now = new Date().toISOString();
  const record = {
    ...binding,
    schemaVersion: 1,
    createdAt: binding.createdAt || now,
    updatedAt: now,
  };
  await writePrivateFile(
    codexAppServerBindingFile(sessionFile),
    `${JSON.stringify(record, null, 2)}\n`,
  );
  noteChange(sessionFile);
}
