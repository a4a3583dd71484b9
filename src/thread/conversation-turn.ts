/** What a turn of a conversation is given, and what it comes to. */
import type { CodexAppServerRuntimeOptions } from "../app-server/config.js";
import type { CodexPermissions } from "../app-server/permissions.js";
import type { CodexClient, CodexUserInput } from "../app-server/protocol.js";
import type { CodexConversationBindingData } from "../host/binding-data.js";
import type { Answer } from "./answers.js";
import type { ConversationTask } from "./task.js";
import {
  noteLostTurn,
  type CodexAppServerBinding,
  type CodexAppServerBindingState,
} from "./thread-binding.js";
import type { TurnLimits, TurnSlot, TurnToFollow } from "./turn-follow.js";
import type { TakeTurnRequests } from "./turn-requests.js";
import type { TurnWork } from "./turn-work.js";

export type ConversationTurn = {
  data: CodexConversationBindingData;
  /** The thread binding as it stood when the turn's time had come. */
  binding: CodexAppServerBindingState;
  input: CodexUserInput[];
  pluginConfig: unknown;
  limits: TurnLimits;
  /** Held beyond the answers if a turn that was given up has yet to end in Codex. */
  slot: TurnSlot;
  /** Done instead of giving the input to Codex. */
  task?: ConversationTask | undefined;
  /** An id of the caller's that Codex stores with the turn, by which `recoverConversationTurn` finds it again. */
  clientId?: string;
  /** Puts what Codex asks before the person in the chat; without it that is refused. */
  takeRequests?: TakeTurnRequests | undefined;
  /** The same if nobody is to be asked: does what Codex wants of no person. */
  takeCalls?: TakeTurnRequests | undefined;
  /** Aborted when a person stops the turn, which may be long before it begins. */
  stopped: AbortSignal;
  /** Gathers what the turn does. */
  work: TurnWork;
  /** Sees the thread's notifications and its sub-agents' while the turn runs. */
  observe?: TurnToFollow["observe"];
  /**
   * Settles once no turn runs on the thread that nobody here asked for: one can be found when the thread is loaded. Must
   * not reject.
   */
  makeWay?: ((stopped: AbortSignal) => Promise<void>) | undefined;
  /** Awaited just before the turn is given to Codex; a rejection calls that off. */
  onStarting?: () => Promise<void>;
  /** Called once the turn has an id; runs beside it. Must not reject. */
  onStarted?: (turnId: string) => Promise<void>;
  /** Called with a turn that was not begun but found, before its end is told. Must not reject. */
  onFound?: (turnId: string) => Promise<void>;
  /** Whether this process is ending: what it says of its turns is told to nobody, and the next one looks what became of them. */
  isEnding?: () => boolean;
};

export type TurnOutcome =
  /** `replacedThread`: on a new thread, since the one with the conversation's history is gone. */
  | { kind: "answered"; threadId: string; answers: Answer[]; replacedThread: boolean }
  /** The chat left its thread while the turn was made ready. */
  | { kind: "not sent"; because: "detached" | "rebound" };

export type TurnContext = {
  client: CodexClient;
  runtime: CodexAppServerRuntimeOptions;
  turn: ConversationTurn;
  /** When the turn may last no longer, by the monotonic clock, however often its connection is lost. */
  endsAt: number;
};

/** An outcome on the thread that the conversation is bound to. */
export function answered({ threadId }: CodexAppServerBinding, answers: Answer[]) {
  return { kind: "answered" as const, threadId, answers, replacedThread: false };
}

/**
 * The chat is told that the turn is over, and Codex has not said so: it may have finished it, or finish it yet, which the
 * chat is told then. Without `ranOn` it ran on the thread that the chat has now. Never rejects.
 */
export async function giveUp(
  { data, clientId, isEnding }: Pick<ConversationTurn, "data" | "clientId" | "isEnding">,
  turnId: string | undefined,
  ranOn?: string,
): Promise<void> {
  if (isEnding?.() !== true) await noteLostTurn(data.sessionFile, { turnId, clientId }, ranOn);
}

/** Whether a person decides: not if Codex's own reviewer does, nor if nothing is asked at all. */
export function asksPerson({ approvalPolicy, approvalsReviewer }: CodexPermissions): boolean {
  return approvalPolicy !== "never" && approvalsReviewer === "user";
}
