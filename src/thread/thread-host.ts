import type { CodexClient, CodexNotification, CodexServerRequest } from "../app-server/protocol.js";
import type { Agent } from "./family.js";
import type { Goal } from "./goal.js";
import type { RequestAnswer, UnsolicitedTurn } from "./turn-view.js";

/** Who is told of what happens on a thread beside the turns that were asked for; `Session` is the thread's. */
export type ThreadHostOf<Session> = {
  /** Awaited before the thread is loaded, with which its goal would continue at once. Must not reject. */
  threadLoads(client: CodexClient, threadId: string, sessionFile: string): Promise<void>;
  /** Awaited once the thread is loaded again, before a turn begins on it. Must not reject. */
  threadLoaded(session: Session): Promise<void>;
  /** Follows the turn or ignores it, now or later. */
  turnBegan(session: Session, turn: UnsolicitedTurn): void;
  /** A turn is no longer followed, or not looked for. */
  turnOver(session: Session): void;
  /** What a sub-agent asks after the turn that made it has ended. */
  answerAgent(session: Session, request: CodexServerRequest, agent: Agent): RequestAnswer;
  /** What a sub-agent does, whether a turn is followed or not. */
  agentHeard(session: Session, notification: CodexNotification, agent: Agent): void;
  goalChanged(session: Session, goal: Goal | undefined): void;
  /** What is said of the thread while no turn is followed. */
  observe(session: Session, notification: CodexNotification): void;
  /** The thread is loaded no more, and what ran on it may have ended. */
  connectionLost(session: Session): void;
};

/** What a thread's session is in: whom it asks, and whom it tells of its own state. */
export type SurroundingsOf<Session> = {
  host: () => ThreadHostOf<Session> | undefined;
  /** How the latest turn on a thread that nobody knew began, and ended if it has. */
  heardOf: (threadId: string) => readonly CodexNotification[];
  /** The connection is lost. */
  onClosed: () => void;
  /** A turn is no longer followed, or not looked for. */
  onIdle: (session: Session) => void;
};
