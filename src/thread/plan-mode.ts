/**
 * Which threads are in plan mode, as Codex tells it: a terminal can have left one so, and Codex then only plans. Hangs on
 * globalThis, as a reload of the plugin asks Codex for nothing again.
 */
import { asRecord, asString } from "../app-server/json.js";
import type { CodexNotification } from "../app-server/protocol.js";
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";

/** Threads beyond these are forgotten, the ones first that were told of longest ago. */
const REMEMBERED_THREADS = 500;

const modes = processWide("plan-modes", () => new Map<string, boolean>());

/** Undefined: Codex did not tell, as an older one does not. */
export function notePlanMode(threadId: string, isOn: boolean | undefined): void {
  if (isOn === undefined) return;
  modes.delete(threadId);
  modes.set(threadId, isOn);
  keepNewest(modes, REMEMBERED_THREADS);
}

/** Reads a notification of any kind. */
export function notePlanModeIn({ method, params }: CodexNotification): void {
  if (method !== "thread/settings/updated") return;
  const fields = asRecord(params);
  const threadId = asString(fields?.threadId);
  const mode = asRecord(asRecord(fields?.threadSettings)?.collaborationMode)?.mode;
  if (threadId !== undefined && mode !== undefined) notePlanMode(threadId, mode === "plan");
}

/** As Codex told it last. */
export function isInPlanMode(threadId: string): boolean {
  return modes.get(threadId) === true;
}

/** Whether a chat's turns plan: as the chat chose it, else as its thread was left. */
export function isPlanning(chat: { plan?: boolean | undefined; threadId: string }): boolean {
  return chat.plan ?? isInPlanMode(chat.threadId);
}
