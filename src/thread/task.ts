/** Work on a conversation's thread that is no message, yet takes its turn in the line as one: a review, a compaction. */
import * as z from "zod/mini";
import { asRecord, asString } from "../app-server/json.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexClient, CodexNotification } from "../app-server/protocol.js";
import { CodexTurnFailedError } from "./turn-collector.js";

const text = z.string();

/** As it lies on disk while it waits. */
export const conversationTaskSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("compact") }),
  z.object({
    kind: z.literal("review"),
    target: z.discriminatedUnion("type", [
      z.object({ type: z.literal("uncommittedChanges") }),
      z.object({ type: z.literal("baseBranch"), branch: text }),
      z.object({ type: z.literal("commit"), sha: text, title: z.null() }),
      z.object({ type: z.literal("custom"), instructions: text }),
    ]),
  }),
]);

export type ConversationTask = z.infer<typeof conversationTaskSchema>;

/** How long the first sign of a started task may take; Codex 0.169 gives it within milliseconds. */
const SIGN_MS = 10_000;

/**
 * Starts a task on a loaded thread and returns its turn's id.
 * @throws CodexTurnFailedError where Codex gives it up before it has begun, and what Codex refuses
 */
export async function startTask(params: {
  client: CodexClient;
  threadId: string;
  task: ConversationTask;
  timeoutMs: number;
}): Promise<string> {
  const { client, threadId, task, timeoutMs } = params;
  const signs = listen(client, threadId);
  try {
    switch (task.kind) {
      case "compact": {
        // The answer is empty: the turn is named by the notification of its start.
        await callCodex(client, METHODS.compactThread, { threadId }, { timeoutMs });
        const started = await signs.first(({ method }) => method === "turn/started");
        const turnId = started && turnIdOf(started);
        if (!turnId) throw new Error("Codex did not start to compact the thread. Try again.");
        return turnId;
      }
      case "review": {
        const review = { threadId, target: task.target };
        const turnId = await callCodex(client, METHODS.startReview, review, { timeoutMs });
        if (!turnId) throw new Error("Codex started the review without naming it. Update Codex.");
        // Codex 0.169 never completes a review that it cannot begin, as of a branch that is not there.
        const sign = await signs.first(
          (notification) =>
            turnIdOf(notification) === turnId &&
            (notification.method.startsWith("item/") || isLastError(notification)),
        );
        if (sign && isLastError(sign)) throw failureOf(sign);
        return turnId;
      }
    }
  } finally {
    signs.stop();
  }
}

/** A thread's notifications from now on. */
function listen(
  client: CodexClient,
  threadId: string,
): {
  /** The first that fits, come already or to come; undefined where none comes in time. */
  first: (
    fits: (notification: CodexNotification) => boolean,
  ) => Promise<CodexNotification | undefined>;
  stop: () => void;
} {
  const heard: CodexNotification[] = [];
  let look: (() => void) | undefined;
  const stop = client.addNotificationHandler(
    (notification) => {
      if (asRecord(notification.params)?.threadId !== threadId) return;
      heard.push(notification);
      look?.();
    },
    { threadId },
  );
  return {
    async first(fits) {
      const found = Promise.withResolvers<CodexNotification | undefined>();
      const timer = setTimeout(() => found.resolve(undefined), SIGN_MS);
      look = () => {
        const notification = heard.find(fits);
        if (notification) found.resolve(notification);
      };
      look();
      const removeClose = client.addCloseHandler(() => found.resolve(undefined));
      try {
        return await found.promise;
      } finally {
        clearTimeout(timer);
        removeClose();
      }
    },
    stop,
  };
}

function turnIdOf({ params }: CodexNotification): string | undefined {
  const record = asRecord(params);
  return asString(record?.turnId) ?? asString(asRecord(record?.turn)?.id);
}

function isLastError({ method, params }: CodexNotification): boolean {
  return method === "error" && asRecord(params)?.willRetry === false;
}

function failureOf({ params }: CodexNotification): CodexTurnFailedError {
  const error = asRecord(asRecord(params)?.error);
  return new CodexTurnFailedError(
    asString(error?.message) ?? "Codex gave no reason.",
    asString(error?.codexErrorInfo),
  );
}
