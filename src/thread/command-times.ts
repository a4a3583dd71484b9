/** When commands began that may still run: Codex lists those without it. Hangs on globalThis, as what is told is told once. */
import { asRecord, asString } from "../app-server/json.js";
import type { CodexNotification } from "../app-server/protocol.js";
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";

const REMEMBERED = 500;

/** Milliseconds since 1970, by thread and Codex's id of the process. */
const starts = processWide("command-starts", () => new Map<string, number>());

/** Reads a notification of any kind. */
export function noteCommandIn({ method, params }: CodexNotification): void {
  if (method !== "item/started") return;
  const fields = asRecord(params);
  const item = asRecord(fields?.item);
  const threadId = asString(fields?.threadId);
  const processId = asString(item?.processId);
  if (item?.type !== "commandExecution" || threadId === undefined || processId === undefined)
    return;
  starts.set(keyOf(threadId, processId), Date.now());
  keepNewest(starts, REMEMBERED);
}

export function commandStartedAt(threadId: string, processId: string): number | undefined {
  return starts.get(keyOf(threadId, processId));
}

function keyOf(threadId: string, processId: string): string {
  return `${threadId} ${processId}`;
}
