/**
 * What a thread session and whoever follows one of its turns are to each other.
 */
import type {
  CodexNotification,
  CodexRequestHandler,
  CodexServerRequest,
} from "../app-server/protocol.js";
import type { Agent } from "./family.js";
import type { Goal } from "./goal.js";

export type RequestAnswer = ReturnType<CodexRequestHandler>;

/** Whoever follows a turn. */
export type TurnView = {
  /** A short way for what comes by the thousand; false for anything but a delta of the message that streams. */
  takeDelta(this: void, notification: CodexNotification): boolean;
  /** What is of the turn, or of the thread and no turn of it. */
  handleNotification(this: void, notification: CodexNotification): void;
  /** What a sub-agent of the turn does. */
  handleAgent(this: void, notification: CodexNotification, agent: Agent): void;
  /** Undefined if it is not for us to answer. */
  answer(this: void, request: CodexServerRequest, agent?: Agent): RequestAnswer;
  handleClose(this: void, reason: Error): void;
};

/** A turn that nobody here asked for: a goal's, or another client's on a shared app-server. */
export type UnsolicitedTurn = {
  readonly turnId: string;
  /** The thread's goal as the turn was first heard of. */
  readonly goal: Goal | undefined;
  /** What it had done when its thread was loaded; undefined if it began after that. */
  readonly itemsSoFar: () => readonly Record<string, unknown>[] | undefined;
  /** Whether a person at another client began it, for all that is known until now. */
  readonly isAnotherClients: () => boolean;
  /** Settled once that is known, or the turn is over. */
  readonly known: Promise<void>;
  /** Follows it, from its beginning; what came meanwhile is told at once. Returns the end of following. */
  follow(this: void, view: TurnView): () => void;
  /** Nobody follows it: what it asks is left to others. */
  ignore(this: void): void;
};

/** Keeps turns from counting as unsolicited while it is not known yet which of them is ours. */
export type Reservation = {
  /** Follows the turn of this id; what came of it meanwhile is told at once. Returns the end of following. */
  claim(this: void, turnId: string, view: TurnView): () => void;
  /** Ends it; may be called again, and after a claim. `over`: a turn that was found to have ended is nobody else's. */
  release(this: void, over?: string): void;
};

export type FollowedTurn = {
  turnId: string;
  /** The session tells the view no more. */
  leave: () => void;
};
