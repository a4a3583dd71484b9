/**
 * What is asked of the app-server: for each method the params that are sent and what is read of the answer, once.
 *
 * Shapes follow `codex app-server generate-ts --experimental` of 0.171.0. Unknown params are ignored by every version; a
 * field that an older version does not answer is undefined.
 */
import { CODEX_CONTROL_METHODS } from "./capabilities.js";
import { asRecord, asString, isRecord } from "./json.js";
import type { CodexPermissions } from "./permissions.js";
import type { CodexClient, CodexRequestOptions, DynamicTool, JsonValue } from "./protocol.js";
import { toolServerOf } from "./tool-servers.js";

export type CodexMethod<Params, Answer, Name extends string = string> = {
  readonly name: Name;
  read(this: void, answer: unknown): Answer;
  /** Only for the compiler: what the method takes. */
  readonly params?: (params: Params) => void;
};

type Named = Readonly<Record<string, unknown>>;

type JsonObject = { [key: string]: JsonValue };
type Thread = { threadId: string };
type Turn = Thread & { turnId: string };
type PageOfTurns = { limit: number; sortDirection: "desc"; itemsView: "full"; cursor?: string };

/** Who changes a goal: since 0.169 Codex tells the model of what the `user` changes. Older ones tell of nothing. */
export type GoalOrigin = "user" | "automatic";

/** `path`: of its instructions, on Codex's machine. */
export type CodexSkill = { name: string; description: string; path: string };

/** `processId` is Codex's own. */
export type RunningCommand = { processId: string; text: string };

/** What a thread says of its place among others. */
export type ThreadFacts = {
  /** Of a sub-agent's thread. */
  parentThreadId: string | undefined;
  nickname: string | undefined;
  /** Its name, else its first message; can be empty. */
  title: string;
  cwd: string | undefined;
  /** Whether it has work in hand, as far as this Codex knows. */
  isActive: boolean;
  /** The oldest first, if they were asked for. */
  turns: Named[];
};

const RESET_OUTCOMES = ["reset", "nothingToReset", "noCredit", "alreadyRedeemed"] as const;
export type ResetOutcome = (typeof RESET_OUTCOMES)[number];

/** What a turn or a thread may do, and with what. */
type Settings = Partial<
  Pick<CodexPermissions, "approvalPolicy" | "approvalsReviewer" | "sandbox">
> & {
  sandboxPolicy?: JsonObject;
  model?: string;
  modelProvider?: string;
  serviceTier?: string;
  effort?: string;
  personality?: string;
};
/** Its model and effort go before those of the turn. */
type CollaborationMode = {
  mode: "plan" | "default";
  settings: {
    model: string;
    reasoning_effort: string | null;
    developer_instructions: string | null;
  };
};
export type ThreadSettings = Settings & { config?: JsonObject; developerInstructions?: string };

/** What Codex says of a thread that it has loaded. */
export type ThreadAnswer = {
  threadId: string | undefined;
  cwd: string | undefined;
  model: string | undefined;
  modelProvider: string | undefined;
  /** Only of a thread that was there before, since 0.169. */
  isInPlanMode: boolean | undefined;
};

export const METHODS = {
  readAccount: method<Record<string, never>>()(
    CODEX_CONTROL_METHODS.account,
    (answer): { account: Named | undefined; requiresOpenaiAuth: boolean } => ({
      account: asRecord(asRecord(answer)?.account),
      requiresOpenaiAuth: asRecord(answer)?.requiresOpenaiAuth === true,
    }),
  ),
  /**
   * By a key; or by a page and a code, which are answered then: how that ends is a notification, which names the `loginId`.
   */
  login: method<{ type: "apiKey"; apiKey: string } | { type: "chatgptDeviceCode" }>()(
    CODEX_CONTROL_METHODS.login,
    (answer) => ({
      loginId: asString(asRecord(answer)?.loginId),
      verificationUrl: asString(asRecord(answer)?.verificationUrl),
      userCode: asString(asRecord(answer)?.userCode),
    }),
  ),
  cancelLogin: method<{ loginId: string }>()(CODEX_CONTROL_METHODS.cancelLogin, nothing),
  logout: method<undefined>()(CODEX_CONTROL_METHODS.logout, nothing),
  /** Up to 0.140 it takes no params, and tells of no credits. */
  readLimits: method<{ excludeResetCreditDetails: true } | undefined>()(
    CODEX_CONTROL_METHODS.rateLimits,
    (answer): { limits: Named | undefined; resetCredits: number | undefined } => {
      const { rateLimits, rateLimitResetCredits } = asRecord(answer) ?? {};
      const count = asRecord(rateLimitResetCredits)?.availableCount;
      const resetCredits = typeof count === "number" ? count : undefined;
      return { limits: asRecord(rateLimits), resetCredits };
    },
  ),
  /** The account's tokens. Since 0.140. */
  readUsage: method<Record<string, never>>()(CODEX_CONTROL_METHODS.usage, (answer) => {
    const { summary, dailyUsageBuckets } = asRecord(answer) ?? {};
    const lifetime = asRecord(summary)?.lifetimeTokens;
    return {
      lifetimeTokens: typeof lifetime === "number" ? lifetime : undefined,
      days: records(dailyUsageBuckets).flatMap(({ startDate, tokens }) =>
        typeof startDate === "string" && typeof tokens === "number" ? [{ startDate, tokens }] : [],
      ),
    };
  }),
  /** Spends a credit of the account's; the same key spends one once. Since 0.154. */
  resetLimits: method<{ idempotencyKey: string }>()(
    CODEX_CONTROL_METHODS.resetLimits,
    (answer): ResetOutcome | undefined =>
      RESET_OUTCOMES.find((known) => known === asRecord(answer)?.outcome),
  ),
  /** Its tools are the thread's from then on, also when it is resumed or copied. */
  startThread: method<ThreadSettings & { cwd: string; dynamicTools?: readonly DynamicTool[] }>()(
    CODEX_CONTROL_METHODS.startThread,
    threadAnswer,
  ),
  resumeThread: method<ThreadSettings & Thread & { excludeTurns: true }>()(
    CODEX_CONTROL_METHODS.resumeThread,
    threadAnswer,
  ),
  /** Since 0.154 `lastTurnId` names the last turn that is copied; older ones copy them all. */
  forkThread: method<ThreadSettings & Thread & { excludeTurns: true; lastTurnId?: string }>()(
    CODEX_CONTROL_METHODS.forkThread,
    threadAnswer,
  ),
  /**
   * Forgets a turn and all after it, of a thread that is loaded. Since 0.154, and not of threads that an older Codex has
   * made. A turn that runs is interrupted by it, and a thread without a turn is of no use after it.
   */
  revertThread: method<Thread & { beforeTurnId: string }>()(
    CODEX_CONTROL_METHODS.revertThread,
    nothing,
  ),
  /**
   * Asks the model something about the thread as it is, which leaves no trace in it. `expectedTurnId`: the latest turn.
   * The answer is undefined if the model wanted a tool for it. Since 0.169.
   */
  sampleThread: method<
    Thread & { expectedTurnId: string; prompt: string; allowInProgressTurn: true }
  >()(CODEX_CONTROL_METHODS.sampleThread, (answer): string | undefined =>
    asString(asRecord(answer)?.text),
  ),
  /** Ends a sample by its request's id. */
  cancelSample: method<{ requestId: number }>()(CODEX_CONTROL_METHODS.cancelSample, nothing),
  /** What applies to the turns to come. Since 0.140; `permissions` names a profile. */
  updateThreadSettings: method<Thread & Settings & { permissions?: string }>()(
    CODEX_CONTROL_METHODS.updateThreadSettings,
    nothing,
  ),
  readThread: method<Thread & { includeTurns?: boolean }>()(
    CODEX_CONTROL_METHODS.readThread,
    (answer): ThreadFacts => {
      const thread = asRecord(asRecord(answer)?.thread);
      const spawn = asRecord(asRecord(asRecord(thread?.source)?.subAgent)?.thread_spawn);
      return {
        parentThreadId: asString(thread?.parentThreadId) ?? asString(spawn?.parent_thread_id),
        nickname: asString(thread?.agentNickname),
        title: titleOf(thread),
        cwd: asString(thread?.cwd),
        isActive: asRecord(thread?.status)?.type === "active",
        turns: records(thread?.turns),
      };
    },
  ),
  /** The latest turns, or those that a `cursor` stands for; of threads that are not loaded, too. Since 0.140. */
  listTurns: method<Thread & PageOfTurns>()(CODEX_CONTROL_METHODS.listTurns, (answer) => {
    const { data, nextCursor } = asRecord(answer) ?? {};
    return { turns: records(data), nextCursor: asString(nextCursor) };
  }),
  /** Leaves it loaded: Codex unloads an idle thread that nobody has subscribed to after a minute, 0.125 after 30. */
  unsubscribeThread: method<Thread>()(CODEX_CONTROL_METHODS.unsubscribeThread, nothing),
  nameThread: method<Thread & { name: string }>()(CODEX_CONTROL_METHODS.nameThread, nothing),
  listThreads: method<{ limit: number; sortKey: "updated_at"; modelProviders: string[] }>()(
    CODEX_CONTROL_METHODS.listThreads,
    (answer): Named[] => records(asRecord(answer)?.data),
  ),
  /** Since 0.140. */
  searchThreads: method<{ searchTerm: string; limit: number; sortKey: "updated_at" }>()(
    CODEX_CONTROL_METHODS.searchThreads,
    (answer) => records(records(asRecord(answer)?.data).map(({ thread }) => thread)),
  ),
  /** Answers with the turn's id. */
  startTurn: method<
    Thread &
      Settings & {
        input: readonly unknown[];
        cwd: string;
        clientUserMessageId?: string;
        collaborationMode?: CollaborationMode;
      }
  >()(CODEX_CONTROL_METHODS.startTurn, startedTurn),
  startReview: method<Thread & { target: JsonObject }>()(
    CODEX_CONTROL_METHODS.startReview,
    turnIdIn,
  ),
  /** The answer is empty: a notification names the turn. */
  compactThread: method<Thread>()(CODEX_CONTROL_METHODS.compactThread, nothing),
  /** The turn's commands run on. On 0.125 nothing answers where no turn runs. */
  interruptTurn: method<Thread & { turnId: string | undefined }>()(
    CODEX_CONTROL_METHODS.interruptTurn,
    nothing,
  ),
  steerTurn: method<
    Thread & {
      expectedTurnId: Turn["turnId"];
      input: readonly unknown[];
      clientUserMessageId?: string;
    }
  >()(CODEX_CONTROL_METHODS.steerTurn, nothing),
  /** The ids of all threads that it has loaded, sub-agents' too. */
  listLoaded: method<Record<string, never>>()(CODEX_CONTROL_METHODS.listLoaded, idsIn),
  /** The commands of a loaded thread that run. Since 0.140. */
  listCommands: method<Thread & { limit: number }>()(
    CODEX_CONTROL_METHODS.listCommands,
    (answer): RunningCommand[] =>
      records(asRecord(answer)?.data).flatMap(({ processId, command }) =>
        typeof processId === "string" && typeof command === "string"
          ? [{ processId, text: command }]
          : [],
      ),
  ),
  /** One command of the thread. Since 0.140. */
  endCommand: method<Thread & { processId: string }>()(CODEX_CONTROL_METHODS.endCommand, nothing),
  /** All commands of the thread. */
  endCommands: method<Thread>()(CODEX_CONTROL_METHODS.endCommands, nothing),
  /** Since 0.140, as the other two; of threads that are not loaded, too. */
  getGoal: method<Thread>()(CODEX_CONTROL_METHODS.getGoal, (answer) => asRecord(answer)?.goal),
  setGoal: method<
    Thread & { origin: GoalOrigin; status: "active" | "paused"; objective?: string }
  >()(CODEX_CONTROL_METHODS.setGoal, (answer) => asRecord(answer)?.goal),
  clearGoal: method<Thread & { origin: "user" }>()(
    CODEX_CONTROL_METHODS.clearGoal,
    (answer): boolean => asRecord(answer)?.cleared === true,
  ),
  /** Of the provider since 0.169; before that of OpenAI, whatever is asked for. */
  listModels: method<{ includeHidden: boolean; modelProvider?: string; cursor?: string }>()(
    CODEX_CONTROL_METHODS.listModels,
    (answer): { models: Named[]; nextCursor: string | undefined } => ({
      models: records(asRecord(answer)?.data),
      nextCursor: asString(asRecord(answer)?.nextCursor),
    }),
  ),
  /** Those of these folders, or of the one that Codex is in, that are switched on. */
  listSkills: method<{ cwds?: string[] }>()(
    CODEX_CONTROL_METHODS.listSkills,
    (answer): CodexSkill[] =>
      records(asRecord(answer)?.data).flatMap(({ skills }) =>
        records(skills).flatMap(({ name, description, path, enabled }) =>
          typeof name === "string" && typeof path === "string" && enabled !== false
            ? [{ name, description: asString(description) ?? "", path }]
            : [],
        ),
      ),
  ),
  /** Tells the model, and the reviewer, that a person allows this action once. The thread has to be loaded. */
  allowDenied: method<Thread & { event: JsonObject }>()(CODEX_CONTROL_METHODS.allowDenied, nothing),
  /** Of a thread that is loaded: as they run there. Else they are started to be asked. */
  listToolServers: method<{ detail: "toolsAndAuthOnly"; limit: number; threadId?: string }>()(
    CODEX_CONTROL_METHODS.listToolServers,
    (answer) => records(asRecord(answer)?.data).flatMap(toolServerOf),
  ),
  /** Its end is a notification, which names the server and, since 0.169, the `loginId`. */
  loginToolServer: method<{ name: string; timeoutSecs: number }>()(
    CODEX_CONTROL_METHODS.loginToolServer,
    (answer) => ({
      authorizationUrl: asString(asRecord(answer)?.authorizationUrl),
      loginId: asString(asRecord(answer)?.loginId),
    }),
  ),
  reloadToolServers: method<undefined>()(CODEX_CONTROL_METHODS.reloadToolServers, nothing),
};

/** Over `request` alone, which is all that some stand-ins have. @throws what Codex refuses, CodexLocalError */
export async function callCodex<Params, Answer>(
  client: Pick<CodexClient, "request">,
  { name, read }: CodexMethod<Params, Answer>,
  params: Params,
  options: CodexRequestOptions,
): Promise<Answer> {
  return read(await client.request(name, params, options));
}

/** In two steps, since the answer's type is told by `read` and that of the params by nobody. */
function method<Params>() {
  return <Name extends string, Answer>(
    name: Name,
    read: (answer: unknown) => Answer,
  ): CodexMethod<Params, Answer, Name> => ({ name, read });
}

function nothing(): void {}

function threadAnswer(answer: unknown): ThreadAnswer {
  const response = asRecord(answer);
  const thread = asRecord(response?.thread);
  const mode = asRecord(response?.collaborationMode)?.mode;
  return {
    threadId: asString(thread?.id),
    cwd: asString(response?.cwd) ?? asString(thread?.cwd),
    model: asString(response?.model),
    modelProvider: asString(response?.modelProvider) ?? asString(thread?.modelProvider),
    isInPlanMode: mode === undefined ? undefined : mode === "plan",
  };
}

/** What a person knows a thread by. */
export function titleOf(thread: Named | undefined): string {
  return asString(thread?.name)?.trim() || (asString(thread?.preview) ?? "").trim();
}

/** The turn that has begun; `ended` if it is over already, as Codex would tell its end. */
function startedTurn(answer: unknown): { turnId: string | undefined; ended: Named | undefined } {
  const turn = asRecord(asRecord(answer)?.turn);
  const isOver = turn?.status !== undefined && turn.status !== "inProgress";
  return { turnId: asString(turn?.id), ended: isOver ? turn : undefined };
}

function turnIdIn(answer: unknown): string | undefined {
  return asString(asRecord(asRecord(answer)?.turn)?.id);
}

function records(value: unknown): Named[] {
  return Array.isArray(value) ? value.filter((entry) => isRecord(entry)) : [];
}

function idsIn(answer: unknown): string[] {
  const { data } = asRecord(answer) ?? {};
  return Array.isArray(data) ? data.filter((id) => typeof id === "string") : [];
}
