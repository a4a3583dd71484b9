/** Tells the chat now and then what a long turn is about; says nothing of a short one. */
import { asRecord, asString, isRecord } from "./app-server/json.js";
import type { CodexNotification } from "./app-server/protocol.js";
import { harmlessText } from "./chat-text.js";
import { durationInWords } from "./duration.js";

/**
 * Seconds after which a running turn is told of, counted from the note before; the last one repeats. No channel lets a
 * plugin edit what it sent, so each note is a message of its own, and they must not become many.
 */
const NOTE_AFTER_S = [20, 60, 120, 300] as const;

export type ProgressMode = "off" | "brief" | "verbose";

export type TurnProgress = {
  /** The turn has begun. */
  start(): void;
  handleNotification(this: void, notification: CodexNotification): void;
  /** The turn is over: nothing more is said. */
  dispose(): void;
};

/** `send` must not reject; a note that is still on its way keeps the next one back. */
export function createTurnProgress(
  mode: ProgressMode,
  send: (text: string) => Promise<void>,
): TurnProgress {
  let startedAt = 0;
  let notes = 0;
  let timer: NodeJS.Timeout | undefined;
  let disposed = false;
  let step: string | undefined;
  let inHand: string | undefined;
  let commentary: string | undefined;

  function schedule(): void {
    const seconds = NOTE_AFTER_S[Math.min(notes, NOTE_AFTER_S.length - 1)] ?? 0;
    timer = setTimeout(() => void tell(), seconds * 1000);
    timer.unref();
  }

  async function tell(): Promise<void> {
    notes += 1;
    const parts = [
      `⏳ ${durationInWords(Math.round((Date.now() - startedAt) / 1000) * 1000)}`,
      ...(step === undefined ? [] : [harmlessText(step, 120)]),
      ...(inHand === undefined ? [] : [harmlessText(inHand, 120)]),
    ];
    const said = mode === "verbose" && commentary !== undefined ? `\n${commentary}` : "";
    commentary = undefined;
    await send(parts.join(" · ") + said);
    if (!disposed) schedule();
  }

  return {
    start() {
      if (mode === "off" || startedAt > 0) return;
      startedAt = Date.now();
      schedule();
    },
    handleNotification({ method, params }) {
      if (mode === "off") return;
      const fields = asRecord(params);
      if (method === "turn/plan/updated") step = currentStep(fields?.plan);
      const item = asRecord(fields?.item);
      if (method === "item/started") inHand = describeItem(item) ?? inHand;
      if (method === "item/completed" && item?.phase === "commentary") {
        commentary = asString(item.text) ?? commentary;
      }
    },
    dispose() {
      disposed = true;
      clearTimeout(timer);
    },
  };
}

function currentStep(plan: unknown): string | undefined {
  const steps = Array.isArray(plan) ? plan.filter(isRecord) : [];
  const index = steps.findIndex(({ status }) => status === "inProgress");
  const text = asString(steps[index]?.step);
  return text === undefined ? undefined : `step ${index + 1} of ${steps.length}: ${text}`;
}

function describeItem(item: Record<string, unknown> | undefined): string | undefined {
  switch (item?.type) {
    case "commandExecution":
      return asString(item.command);
    case "fileChange": {
      const [change] = Array.isArray(item.changes) ? item.changes.filter(isRecord) : [];
      return asString(change?.path);
    }
    default:
      return undefined;
  }
}
