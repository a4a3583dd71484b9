/** One turn of a conversation on its Codex thread, from the binding to the reply. */
import { ensureSignedIn, forgetSignIn } from "./app-server/account.js";
import { CODEX_CONTROL_METHODS } from "./app-server/capabilities.js";
import { retireCodexAppServerClient } from "./app-server/client-pool.js";
import {
  codexSandboxPolicyForTurn,
  resolveCodexAppServerRuntimeOptions,
  type CodexAppServerRuntimeOptions,
} from "./app-server/config.js";
import { isThreadNotFound } from "./app-server/errors.js";
import { asRecord, asString } from "./app-server/json.js";
import type { CodexClient } from "./app-server/protocol.js";
import {
  inspectCodexAppServerBinding,
  updateCodexAppServerBinding,
  type CodexAppServerBinding,
} from "./app-server/session-binding.js";
import { getSharedCodexAppServerClient } from "./app-server/shared-client.js";
import { trackCodexConversationActiveTurn } from "./conversation-active-turns.js";
import type { CodexConversationBindingData } from "./conversation-binding-data.js";
import type { QueueSlot } from "./conversation-queue.js";
import {
  forgetLoaded,
  readyThread,
  replaceThread,
  settingsOfBinding,
} from "./conversation-thread.js";
import {
  CodexTurnFailedError,
  CodexTurnTimeoutError,
  createCodexConversationTurnCollector,
  type CodexConversationTurnCollector,
} from "./conversation-turn-collector.js";
import type { CodexUserInput } from "./conversation-turn-input.js";
import { answerTurnRequest } from "./conversation-turn-requests.js";
import { watchSilence } from "./conversation-turn-silence.js";
import { stopTurn } from "./conversation-turn-stop.js";
import { durationInWords } from "./duration.js";
import { EMPTY_REPLY, NO_THREAD_BINDING, THREAD_REPLACED, words } from "./conversation-words.js";

export type TurnLimits = {
  /** Milliseconds without progress after which a turn is stopped. */
  idleTimeoutMs: number;
  /** Milliseconds after which a turn is stopped however lively it is. */
  maxDurationMs: number;
};

export type ConversationTurn = {
  data: CodexConversationBindingData;
  input: CodexUserInput[];
  pluginConfig: unknown;
  limits: TurnLimits;
  /** Held beyond the reply where a turn that was given up has yet to end in Codex. */
  slot: QueueSlot;
};

type TurnContext = {
  client: CodexClient;
  runtime: CodexAppServerRuntimeOptions;
  turn: ConversationTurn;
};

/**
 * Runs a turn and returns its reply.
 * @throws CodexTurnFailedError, CodexTurnInterruptedError, CodexTurnTimeoutError, or why no turn could start
 */
export async function runConversationTurn(turn: ConversationTurn): Promise<string> {
  const runtime = resolveCodexAppServerRuntimeOptions({ pluginConfig: turn.pluginConfig });
  const binding = await readBoundThread(turn.data.sessionFile);
  const client = await getSharedCodexAppServerClient({
    startOptions: runtime.start,
    timeoutMs: runtime.requestTimeoutMs,
    ...(binding.authProfileId === undefined ? {} : { authProfileId: binding.authProfileId }),
  });
  await ensureSignedIn(client, {
    timeoutMs: runtime.requestTimeoutMs,
    clearEnv: runtime.start.clearEnv,
  });
  return runOnThread({ client, runtime, turn }, binding);
}

async function readBoundThread(sessionFile: string): Promise<CodexAppServerBinding> {
  const state = await inspectCodexAppServerBinding(sessionFile);
  switch (state.kind) {
    case "bound":
      return state.binding;
    case "none":
      throw new Error(NO_THREAD_BINDING);
    case "unreadable":
      throw new Error(words.bindingUnreadable(state.reason));
  }
}

/** Runs the turn on the bound thread, or on its replacement where the thread is gone. */
async function runOnThread(context: TurnContext, binding: CodexAppServerBinding): Promise<string> {
  const { client, runtime, turn } = context;
  const ready = await readyThread(client, binding, runtime);
  if (ready.kind !== "gone") {
    try {
      return await runOnce(context, binding);
    } catch (error) {
      if (!isThreadNotFound(error)) throw error;
      if (ready.kind === "refused") throw ready.error;
      forgetLoaded(client, binding.threadId);
      // Unloaded behind our back: it can be resumed. One that was just resumed cannot.
      if (ready.kind === "loaded") return runOnThread(context, binding);
    }
  }
  const replacement = await replaceThread(client, turn.data.sessionFile, binding, runtime);
  const reply = await runOnce(context, replacement);
  return binding.hasRun === false ? reply : `${THREAD_REPLACED}\n\n${reply}`;
}

/** Starts one turn, listens to it and sees it to its end. */
async function runOnce(context: TurnContext, binding: CodexAppServerBinding): Promise<string> {
  const { client, runtime, turn } = context;
  const { threadId } = binding;
  const collector = createCodexConversationTurnCollector(threadId);
  const silence = watchSilence(turn.limits.idleTimeoutMs, () => {
    collector.fail(
      new CodexTurnTimeoutError(
        `timed out: nothing came from Codex for ${durationInWords(turn.limits.idleTimeoutMs)}, so the turn was stopped`,
      ),
    );
  });
  // Listening starts before the turn: its events can come before the answer to turn/start.
  const removals = listen(client, threadId, collector, silence.handleNotification);
  const stopListening = (): void => removals.forEach((remove) => remove());
  let abandoned = false;
  let endTracking: (() => void) | undefined;
  try {
    const turnId = await startTurn(context, binding);
    collector.setTurnId(turnId);
    const stop = once(() =>
      stopTurn({
        client,
        threadId,
        turnId,
        collector,
        timeoutMs: runtime.requestTimeoutMs,
        onDefiance: (reason) => retireCodexAppServerClient(client, reason),
      }),
    );
    endTracking = trackCodexConversationActiveTurn(
      { sessionFile: turn.data.sessionFile, threadId, turnId },
      stop,
    );
    if (binding.hasRun !== true) await markAsRun(turn.data.sessionFile);
    try {
      const { replyText } = await collector.wait({ timeoutMs: turn.limits.maxDurationMs });
      return replyText || EMPTY_REPLY;
    } catch (error) {
      if (error instanceof CodexTurnTimeoutError) {
        // The person hears of it now; the next turn waits until this one is over in Codex too.
        abandoned = true;
        turn.slot.holdUntil(stop().finally(stopListening));
      }
      if (error instanceof CodexTurnFailedError && error.codexErrorInfo === "unauthorized") {
        forgetSignIn(client);
      }
      throw error;
    }
  } finally {
    endTracking?.();
    silence.dispose();
    if (!abandoned) stopListening();
  }
}

function listen(
  client: CodexClient,
  threadId: string,
  collector: CodexConversationTurnCollector,
  observe: (notification: { method: string }) => void,
): (() => void)[] {
  return [
    client.addNotificationHandler(
      (notification) => {
        if (asRecord(notification.params)?.threadId !== threadId) return;
        observe(notification);
        collector.handleNotification(notification);
      },
      { threadId },
    ),
    client.addRequestHandler((request) => answerTurnRequest(request, threadId), { threadId }),
    client.addCloseHandler((reason) => {
      collector.fail(reason instanceof Error ? reason : new Error("the Codex app-server closed"));
    }),
  ];
}

/** Sends turn/start and returns the turn's id. */
async function startTurn(
  { client, runtime, turn }: TurnContext,
  binding: CodexAppServerBinding,
): Promise<string> {
  const cwd = binding.cwd || turn.data.workspaceDir;
  const { permissions, model, serviceTier } = settingsOfBinding(binding, runtime);
  const answer = await client.request(
    CODEX_CONTROL_METHODS.startTurn,
    {
      threadId: binding.threadId,
      input: turn.input,
      cwd,
      approvalPolicy: permissions.approvalPolicy,
      approvalsReviewer: permissions.approvalsReviewer,
      sandboxPolicy: codexSandboxPolicyForTurn(permissions.sandbox, cwd),
      ...(model === undefined ? {} : { model }),
      ...(serviceTier === undefined ? {} : { serviceTier }),
    },
    { timeoutMs: runtime.requestTimeoutMs },
  );
  const turnId = asString(asRecord(asRecord(answer)?.turn)?.id);
  if (!turnId) throw new Error("Codex started the turn without naming it. Update Codex.");
  return turnId;
}

/** From now on the thread has a history. Where that cannot be noted the turn matters more. */
async function markAsRun(sessionFile: string): Promise<void> {
  await updateCodexAppServerBinding(sessionFile, { hasRun: true }).catch(() => undefined);
}

function once<T>(action: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= action());
}
