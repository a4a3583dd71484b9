/** Tells the chat now and then what a long turn is about, in one message that changes; says nothing of a short one. */
import { monotonicMs } from "../common/clock.js";
import { asRecord, asString } from "../app-server/json.js";
import type { CodexNotification } from "../app-server/protocol.js";
import type { ChatNote } from "../chat/note.js";
import type { Agent } from "../thread/family.js";
import { WorkInHand } from "../thread/work-in-hand.js";
import { progressWords } from "../words/progress-words.js";

/** Milliseconds that a turn may take without a word. */
const FIRST_NOTE_AFTER_MS = 20_000;
/** Milliseconds between two texts of a message that can change: a tenth of the turn so far, within these. */
const EDIT_AFTER_MS = { least: 15_000, most: 60_000 } as const;
/**
 * Milliseconds between two messages where none can change, counted from the one before; the last one repeats, since
 * they must not become many.
 */
const NEXT_NOTE_AFTER_MS = [60_000, 120_000, 300_000] as const;

/** So many failed changes in a row mean that the message is gone: the next text is a new one. */
const REMOVED_AFTER_FAILURES = 3;

export type ProgressMode = "off" | "brief" | "verbose";

export type TurnProgress = {
  /** The turn has begun. */
  start(): void;
  /** `agent`: the sub-agent on whose thread it happened. */
  handleNotification(this: void, notification: CodexNotification, agent?: Agent): void;
  /** Says nothing while `wait` runs: a person who is asked knows what the turn waits for. */
  during<T>(this: void, wait: Promise<T>): Promise<T>;
  /** The turn is over: the message that stands there says so, and no more follow. */
  end(): void;
  /** Nothing more is said. */
  dispose(): void;
};

/** `send` gives undefined where the chat cannot be reached; it must not reject. A text on its way keeps the next back. */
export function createTurnProgress(
  mode: ProgressMode,
  send: (text: string) => Promise<ChatNote | undefined>,
): TurnProgress {
  let startedAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let telling = Promise.resolve();
  let disposed = false;
  let waits = 0;
  let note: ChatNote | undefined;
  let sent = 0;
  /** Whether the message can change is not known before that has been tried. */
  let changes = true;
  let hasChanged = false;
  let failuresInARow = 0;
  const work = new WorkInHand();
  let commentary: string | undefined;
  /** The commentary of the last message. */
  let said: string | undefined;

  function schedule(ms: number): void {
    if (disposed) return;
    timer = setTimeout(() => {
      telling = tell();
    }, ms);
    timer.unref();
  }

  async function tell(): Promise<void> {
    if (waits > 0) {
      schedule(EDIT_AFTER_MS.least);
      return;
    }
    const facts = { elapsedMs: elapsed(), work: work.now() };
    if (note && changes) {
      const changed = await note.edit(progressWords.running({ ...facts, commentary }));
      hasChanged ||= changed;
      failuresInARow = changed ? 0 : failuresInARow + 1;
      if (note.isGone === true) {
        // A person has removed it, which says nothing of whether the next one can change.
        note = undefined;
        schedule(pauseAfter(sent) - EDIT_AFTER_MS.least);
        return;
      }
      // A channel that could change it once can again, though it may fail in between, unless somebody removed it.
      changes = hasChanged && failuresInARow < REMOVED_AFTER_FAILURES;
      schedule(changes ? editAfter(elapsed()) : pauseAfter(sent) - EDIT_AFTER_MS.least);
      return;
    }
    const news = commentary === said ? undefined : commentary;
    said = commentary;
    note = await send(progressWords.running({ ...facts, commentary: news }));
    sent += 1;
    changes ||= hasChanged;
    failuresInARow = 0;
    schedule(changes ? editAfter(elapsed()) : pauseAfter(sent));
  }

  /** What stands in the chat must not read as if the turn went on. */
  async function finish(): Promise<void> {
    if (changes) await note?.edit(progressWords.over(elapsed()));
  }

  function dispose(): void {
    disposed = true;
    clearTimeout(timer);
  }

  function elapsed(): number {
    return startedAt === undefined ? 0 : Math.round((monotonicMs() - startedAt) / 1000) * 1000;
  }

  return {
    start() {
      if (mode === "off" || startedAt !== undefined) return;
      startedAt = monotonicMs();
      schedule(FIRST_NOTE_AFTER_MS);
    },
    handleNotification(notification, agent) {
      if (mode === "off") return;
      work.handleNotification(notification, agent);
      if (agent) return;
      const { method, params } = notification;
      const item = asRecord(asRecord(params)?.item);
      if (mode === "verbose" && method === "item/completed" && item?.phase === "commentary") {
        commentary = asString(item.text) ?? commentary;
      }
    },
    async during(wait) {
      waits += 1;
      try {
        return await wait;
      } finally {
        waits -= 1;
      }
    },
    end() {
      dispose();
      // A text that is still on its way would take this one's place.
      void telling.then(finish);
    },
    dispose,
  };
}

function editAfter(elapsedMs: number): number {
  return Math.min(EDIT_AFTER_MS.most, Math.max(EDIT_AFTER_MS.least, elapsedMs / 10));
}

function pauseAfter(messages: number): number {
  const last = NEXT_NOTE_AFTER_MS.length - 1;
  return NEXT_NOTE_AFTER_MS[Math.min(messages - 1, last)] ?? 0;
}
