/**
 * The audit log: who had what done by Codex, a JSON object a line, in `codex-conversation/audit.jsonl` of OpenClaw's
 * state folder. Each file is the gateway's user's only, and a full one makes room for the next.
 */
import { createHash } from "node:crypto";
import { rename, stat } from "node:fs/promises";
import path from "node:path";
import { oneAtATime } from "../common/one-at-a-time.js";
import { processWide } from "../common/process-wide.js";
import type { CommandContext, PluginHost } from "./plugin-host.js";
import { appendPrivateFile, createPrivateFile, hasCode } from "./private-files.js";

/** A line is of a few kilobytes at most: some ten thousand in all. */
const FILE_BYTES = 5_000_000;
/** With the one that is written to. */
export const AUDIT_FILES = 5;
/** Characters of a text that are kept; its hash is always of the whole. */
const TEXT_KEPT = 4000;
const OUTCOME_KEPT = 200;

/** Who did it, as far as the host tells. */
export type AuditedBy = {
  /** `nobody`: it came by a time-out, the end of the turn, or a bound. `codex`: the model had it done. */
  by: "click" | "command" | "operator" | "nobody" | "codex";
  channel?: string | undefined;
  accountId?: string | undefined;
  senderId?: string | undefined;
};

export type AuditEntry = AuditedBy & {
  event:
    | "bind"
    | "detach"
    | "decision"
    | "permissions"
    | "plan mode"
    | "tool servers"
    | "account"
    | "command ended"
    | "file sent"
    | "file put"
    | "worktree removed"
    | "turn taken back"
    /** The operator has sent a message or a command from the page in the browser. */
    | "desk";
  /** Which conversation, by the name of its files. */
  session: string;
  /** The chat, as its channel names it. */
  chat?: string | undefined;
  /** What became of it: the answer that was chosen, the thread, the mode. */
  outcome: string;
  /** What it was about: the whole of what a question asked, a path. */
  text?: string | undefined;
};

/** Notes what was done by a command of a chat. Never rejects. */
export function auditCommand(
  host: AuditHost,
  { channel, accountId, senderId, to, from }: CommandContext,
  entry: Pick<AuditEntry, "event" | "session" | "outcome" | "text">,
): Promise<void> {
  return audit(host, { ...entry, by: "command", channel, accountId, senderId, chat: to ?? from });
}

type AuditHost = Pick<PluginHost, "runtime" | "logger">;

/** Files that could not be written to, of which the operator has been told. */
const log = processWide("audit-log", () => ({ inOrder: oneAtATime(), failing: new Set<string>() }));

/** Notes what was done. Never rejects: a failure is the operator's to know, once until it works again. */
export async function audit(host: AuditHost, entry: AuditEntry): Promise<void> {
  const file = auditFile(host.runtime.state.resolveStateDir());
  try {
    const line = `${JSON.stringify(lineOf(entry))}\n`;
    await log.inOrder(file, () => append(file, line));
    log.failing.delete(file);
  } catch (error) {
    if (log.failing.has(file)) return;
    log.failing.add(file);
    host.logger.warn(
      `the audit log cannot be written, so what is done is not noted: ${String(error)}`,
    );
  }
}

export function auditFile(stateDir: string): string {
  return path.join(stateDir, "codex-conversation", "audit.jsonl");
}

function lineOf({ session, text, outcome, ...entry }: AuditEntry): Record<string, unknown> {
  return {
    at: new Date().toISOString(),
    ...entry,
    session: path.basename(session),
    outcome: cut(outcome, OUTCOME_KEPT),
    ...(text === undefined
      ? {}
      : {
          sha256: createHash("sha256").update(text).digest("hex"),
          text: cut(text, TEXT_KEPT),
        }),
  };
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text;
}

async function append(file: string, line: string): Promise<void> {
  const size = await sizeOf(file);
  if (size !== undefined && size + Buffer.byteLength(line) <= FILE_BYTES) {
    return appendPrivateFile(file, line, { synced: false });
  }
  if (size !== undefined) await makeRoom(file);
  return createPrivateFile(file, line);
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** `audit.jsonl` becomes `audit.jsonl.1`, and so on; the oldest goes. */
async function makeRoom(file: string): Promise<void> {
  for (let number = AUDIT_FILES - 1; number > 0; number -= 1) {
    const older = number === 1 ? file : `${file}.${number - 1}`;
    try {
      // One after another: each makes room for the next.
      // oxlint-disable-next-line no-await-in-loop
      await rename(older, `${file}.${number}`);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
    }
  }
}
