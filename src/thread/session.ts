/**
 * A bound thread as long as a connection has it loaded: with its sub-agents and its goal, and with every turn on it,
 * whoever began that. Turns that we follow are views of it; each gets what is of its turn and of its sub-agents.
 */
import { asRecord, asString } from "../app-server/json.js";
import type { CodexClient, CodexNotification, CodexServerRequest } from "../app-server/protocol.js";
import { threadIdOf } from "../app-server/handler-routes.js";
import { AgentsHeard } from "./agents-heard.js";
import { CodexTurnJoinedError } from "./errors.js";
import { Family, type Agent } from "./family.js";
import { goalIn, type Goal } from "./goal.js";
import {
  HeldRequests,
  HeldTurn,
  OwnWords,
  PastTurns,
  isBeginning,
  isEndOf,
  leavingToOthers,
  turnIdOf,
  type Followed,
} from "./held-turns.js";
import type { SurroundingsOf, ThreadHostOf } from "./thread-host.js";
import { isAtRest } from "./lost-end.js";
import { noteFactsIn } from "./told-facts.js";
import type { FollowedTurn, RequestAnswer, Reservation, TurnView } from "./turn-view.js";

export type ThreadHost = ThreadHostOf<ThreadSession>;

export class ThreadSession {
  readonly client: CodexClient;
  readonly threadId: string;
  /** The conversation that is bound to the thread. */
  readonly sessionFile: string;
  readonly family = new Family();
  /** What the chat gives to Codex: told before Codex gets it. */
  readonly own = new OwnWords();
  readonly #host: SurroundingsOf<ThreadSession>["host"];
  readonly #agents: AgentsHeard;
  readonly #onIdle: SurroundingsOf<ThreadSession>["onIdle"];
  readonly #removals: (() => void)[] = [];
  #followed: Followed[] = [];
  readonly #held = new Map<string, HeldTurn>();
  /** What Codex asks without a turn's id while one is being begun. */
  readonly #unnamed = new HeldRequests();
  readonly #announced = new Map<string, HeldTurn>();
  readonly #past = new PastTurns();
  #reservations = 0;
  #goal: Goal | undefined;
  #closed = false;
  /** Why the connection ended. */
  #lost: Error | undefined;

  /** Listens from now on, until `close`. `host` is asked anew each time. */
  constructor(
    client: CodexClient,
    threadId: string,
    sessionFile: string,
    { host, heardOf, onClosed, onIdle }: SurroundingsOf<ThreadSession>,
  ) {
    this.client = client;
    this.threadId = threadId;
    this.sessionFile = sessionFile;
    this.#host = host;
    this.#agents = new AgentsHeard({
      client,
      family: this.family,
      heardOf,
      heard: (notification, agent) => {
        for (const { view } of this.#followed) view.handleAgent(notification, agent);
        host()?.agentHeard(this, notification, agent);
      },
      answer: (request, agent) => this.answerAgent(request, agent),
    });
    this.#onIdle = onIdle;
    const scope = { threadId };
    const { waits } = this.family;
    this.#removals.push(
      client.addNotificationHandler((notification) => this.#notify(notification), scope),
      client.addRequestHandler((asked) => waits.during(asked, this.#answerOwn(asked)), scope),
      client.addCloseHandler((reason) => {
        this.#lost = reason;
        for (const { view } of this.#followed) view.handleClose(reason);
        onClosed();
      }),
    );
  }

  /** As Codex told it last; undefined if the thread has none, or nothing was heard of one. */
  get goal(): Goal | undefined {
    return this.#goal;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get isFollowed(): boolean {
    return this.#followed.length > 0;
  }

  /** Whether a turn runs on the thread itself, be it that nobody follows it yet. */
  get hasTurn(): boolean {
    return this.isFollowed || this.#announced.size > 0;
  }

  /** Whether anything works here: a turn, a sub-agent, or a goal that is about to begin its next turn. */
  get isBusy(): boolean {
    const isAboutTo = this.#reservations > 0 || this.#goal?.status === "active";
    return this.hasTurn || isAboutTo || this.family.running().length > 0;
  }

  /** Taken before a turn is started or looked for; whoever takes it releases it. */
  reserve(): Reservation {
    this.#reservations += 1;
    let released = false;
    const release = (over?: string): void => {
      if (released) return;
      released = true;
      if (over !== undefined) this.forget(over);
      this.#reservations -= 1;
      this.#announceHeld();
      // They are of the turn that was being begun, if it has been.
      if (this.#reservations === 0) this.#unnamed.answer(this.#followed.at(-1)?.view);
      this.#onIdle(this);
    };
    return {
      claim: (turnId, view) => {
        const end = this.#follow(turnId, view, this.#held.get(turnId));
        release();
        return end;
      },
      release,
    };
  }

  /**
   * Has `start` begin a turn with words of this id, and follows the turn that it names.
   * @throws what `start` throws, CodexTurnJoinedError if that turn ran already and has its follower
   */
  async begin(
    view: TurnView,
    start: () => Promise<string>,
    clientId?: string,
  ): Promise<FollowedTurn> {
    const reservation = this.reserve();
    this.own.add(clientId);
    try {
      const turnId = await start();
      // Told of twice, it would be answered twice; one that was followed can be over by the time its name is read.
      const wasFollowed = this.#past.hasEnded(turnId) && !this.#held.has(turnId);
      const isFollowed = this.#followedBy(turnId) !== undefined || this.#announced.has(turnId);
      if (wasFollowed || isFollowed) throw new CodexTurnJoinedError(turnId, { isFollowed });
      return { turnId, leave: reservation.claim(turnId, view) };
    } finally {
      reservation.release();
    }
  }

  /** A turn that was found running when the thread was loaded; `isOurs`: a message of the chat's began it. */
  noteRunning(
    turnId: string,
    itemsSoFar: readonly Record<string, unknown>[],
    isOurs: boolean,
  ): void {
    const known = this.#announced.get(turnId) ?? this.#held.get(turnId);
    // One that was held can have ended while its record was read, and who began it must be known still.
    if (!known && (this.#followedBy(turnId) || this.#past.hasEnded(turnId))) return;
    (known ?? this.#heldOf(turnId)).found(itemsSoFar, isOurs);
    this.#announceHeld();
  }

  /** Whether a turn that nobody follows yet was heard from its beginning: it is announced, however soon it ends. */
  hearsWhole(turnId: string): boolean {
    return this.#held.get(turnId)?.isHeardWhole === true;
  }

  /** A turn that nobody follows yet is over, and what was heard of it is part of what its record tells. */
  forget(turnId: string): void {
    this.#held.get(turnId)?.letGo();
    this.#held.delete(turnId);
  }

  /** A sub-agent that was found otherwise than by what its parent said. */
  adopt(threadId: string, name: string | undefined): Agent {
    const known = this.family.find(threadId);
    if (known) return known;
    const agent = this.family.add(threadId, name);
    this.#agents.meet(agent);
    return agent;
  }

  /** What a sub-agent asks: of the turn that it works for, if that is followed. */
  answerAgent(request: CodexServerRequest, agent: Agent): RequestAnswer {
    const of = this.#followed.find(({ turnIds }) => turnIds.has(agent.rootTurnId ?? ""));
    const followed = of ?? this.#followed.at(-1);
    if (followed) return followed.view.answer(request, agent);
    return this.#host()?.answerAgent(this, request, agent);
  }

  /** Whether a turn that is followed is another client's, be it that words of the chat's went into it: that client is asked. */
  isOthers(turnId: string): boolean {
    return this.client.isShared === true && this.#followedBy(turnId)?.held.isOthers === true;
  }

  /** Listens no more. What is open counts as left to others. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const remove of this.#removals.splice(0)) remove();
    this.#agents.close();
    for (const held of [...this.#held.values(), ...this.#announced.values()]) held.letGo();
    this.#unnamed.answer(undefined);
    this.#held.clear();
    this.#announced.clear();
  }

  #notify(notification: CodexNotification): void {
    for (const { view } of this.#followed) if (view.takeDelta(notification)) return;
    const params = asRecord(notification.params);
    if (threadIdOf(params) !== this.threadId) return;
    for (const agent of this.family.note(notification)) this.#agents.meet(agent);
    this.#noteGoal(notification);
    noteFactsIn(this.sessionFile, notification);
    const turnId = turnIdOf(params);
    if (turnId === undefined) {
      if (isAtRest(notification)) for (const followed of this.#followed) followed.over = true;
      for (const { view } of this.#followed) view.handleNotification(notification);
      if (this.#followed.length === 0) this.#host()?.observe(this, notification);
      return;
    }
    const followed = this.#followedBy(turnId) ?? this.#innerTurn(turnId, notification);
    if (followed) this.#tell(followed, notification);
    else this.#hold(turnId, notification);
    if (notification.method === "turn/completed") this.#past.end(turnId);
  }

  #tell(followed: Followed, notification: CodexNotification): void {
    followed.held.read(notification);
    followed.view.handleNotification(notification);
    if (isEndOf(notification, [...followed.turnIds][0])) followed.over = true;
  }

  #followedBy(turnId: string): Followed | undefined {
    return this.#followed.find(({ turnIds }) => turnIds.has(turnId));
  }

  /** A review works in a turn of another id, which begins while its own runs; a goal's turn can name the turn before it as well. */
  #innerTurn(turnId: string, { method, params }: CodexNotification): Followed | undefined {
    if (method !== "turn/started") return undefined;
    const rootTurnId = asString(asRecord(asRecord(params)?.turn)?.rootTurnId);
    const followed = rootTurnId === undefined ? undefined : this.#followedBy(rootTurnId);
    if (followed?.held.isReview !== true || followed.over) return undefined;
    followed.turnIds.add(turnId);
    return followed;
  }

  #hold(turnId: string, notification: CodexNotification): void {
    const announced = this.#announced.get(turnId);
    if (announced === undefined && this.#past.hasEnded(turnId)) return;
    if (announced === undefined && this.#reservations === 0 && !isBeginning(notification)) return;
    (announced ?? this.#heldOf(turnId)).hold(notification);
    this.#announceHeld();
  }

  #heldOf(turnId: string): HeldTurn {
    const known = this.#held.get(turnId) ?? this.#past.takeIgnored(turnId);
    const held = known ?? new HeldTurn(this.own, this.#goal);
    this.#held.set(turnId, held);
    return held;
  }

  /** Once no turn of ours can be among them, the turns that are held are somebody else's. */
  #announceHeld(): void {
    if (this.#reservations > 0 || this.#closed) return;
    for (const [turnId, held] of this.#held) {
      this.#held.delete(turnId);
      if (!held.isAtWork) continue;
      this.#announced.set(turnId, held);
      this.#announce(turnId, held);
    }
  }

  #announce(turnId: string, held: HeldTurn): void {
    const ignore = (): void => {
      if (this.#announced.delete(turnId)) this.#past.ignore(turnId, held);
    };
    const host = this.#host();
    if (!host) return ignore();
    held.isUnsolicited = true;
    host.turnBegan(this, {
      turnId,
      goal: held.goal,
      itemsSoFar: () => held.itemsSoFar,
      isAnotherClients: () => held.isAnotherClients,
      known: held.known,
      follow: (view) => this.#follow(turnId, view, this.#announced.get(turnId)),
      ignore,
    });
  }

  #follow(turnId: string, by: TurnView, held = new HeldTurn(this.own)): () => void {
    this.#held.delete(turnId);
    this.#announced.delete(turnId);
    const view = leavingToOthers(by, () => this.isOthers(turnId));
    const followed: Followed = { view, turnIds: new Set([turnId]), held, over: false };
    this.#followed.push(followed);
    if (this.#lost) view.handleClose(this.#lost);
    const tell = (notification: CodexNotification): void => this.#tell(followed, notification);
    held.handOver(tell, view);
    // A review's inner turn can have begun meanwhile.
    for (const [id, inner] of this.#held) {
      if (!inner.start || this.#innerTurn(id, inner.start) !== followed) continue;
      this.#held.delete(id);
      inner.handOver(tell, view);
    }
    return () => {
      this.#followed = this.#followed.filter((other) => other !== followed);
      for (const id of followed.turnIds) this.#past.end(id);
      held.letGo();
      this.#onIdle(this);
    };
  }

  #answerOwn(request: CodexServerRequest): RequestAnswer {
    const params = asRecord(request.params);
    if (threadIdOf(params) !== this.threadId) return undefined;
    const turnId = turnIdOf(params);
    const latest = this.#followed.at(-1);
    const own = turnId === undefined ? latest : this.#followedBy(turnId);
    // Without a host there is no other who could answer.
    const followed = own ?? (this.#host() ? undefined : latest);
    if (followed) return followed.view.answer(request);
    if (turnId === undefined && this.#reservations === 0) return undefined;
    if (turnId !== undefined) {
      const answer = (this.#announced.get(turnId) ?? this.#heldOf(turnId)).requests.hold(request);
      this.#announceHeld();
      return answer;
    }
    return this.#unnamed.hold(request);
  }

  #noteGoal(notification: CodexNotification): void {
    const goal = goalIn(notification);
    // A resume "clears" the goal of a thread that has none.
    if (goal === undefined || (goal === null && this.#goal === undefined)) return;
    this.#goal = goal ?? undefined;
    this.#host()?.goalChanged(this, this.#goal);
  }
}
