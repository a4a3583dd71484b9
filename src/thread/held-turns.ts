/** What came of a turn that nobody follows yet, and how its notifications are told apart. */
import { asRecord, asString } from "../app-server/json.js";
import {
  LEFT_TO_OTHERS,
  type CodexNotification,
  type CodexServerRequest,
} from "../app-server/protocol.js";
import type { Goal } from "./goal.js";
import { keepNewest } from "../common/keep-newest.js";
import type { RequestAnswer, TurnView } from "./turn-view.js";

type Items = readonly Record<string, unknown>[];

/** A turn that nobody here has followed yet is followed within milliseconds. */
const HELD_NOTIFICATIONS = 10_000;

/** So many ids are known: what was given to Codex under them comes back at once. */
const OWN_WORDS = 50;

/** What the chat has given to Codex, by which it is told from what another client has. */
export class OwnWords {
  readonly #ids = new Set<string>();

  add(clientId: string | undefined): void {
    if (clientId === undefined) return;
    this.#ids.add(clientId);
    keepNewest(this.#ids, OWN_WORDS);
  }

  has({ clientId }: Record<string, unknown>): boolean {
    return typeof clientId === "string" && this.#ids.has(clientId);
  }
}

/** Requests of Codex's whose answer comes from whoever follows their turn, once somebody does. */
export class HeldRequests {
  #held: { request: CodexServerRequest; settle: (answer: RequestAnswer) => void }[] = [];

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  hold(request: CodexServerRequest): Promise<Awaited<RequestAnswer>> {
    const { promise, resolve: settle } = Promise.withResolvers<Awaited<RequestAnswer>>();
    this.#held.push({ request, settle });
    return promise;
  }

  /** Without a view nobody follows the turn, or no more: what it asks is left to others. */
  answer(view: TurnView | undefined): void {
    for (const { request, settle } of this.#held.splice(0)) settle(view?.answer(request));
  }
}

export class HeldTurn {
  /** As the thread had it when the turn was first heard of: it can end before the turn is announced. */
  readonly goal: Goal | undefined;
  readonly #own: Pick<OwnWords, "has">;
  readonly #notifications: CodexNotification[] = [];
  readonly requests = new HeldRequests();
  readonly #known = Promise.withResolvers<void>();
  /** It is followed as one that nobody here has asked for. */
  isUnsolicited = false;
  #isHeardFromStart = false;
  /** Undefined as long as its beginning is not known. */
  #isAnothers: boolean | undefined;
  #itemsSoFar: Items | undefined;
  #hasOwnWords = false;
  #isReview = false;
  /** Codex before 0.140 does not say who has said something. */
  #isSigned = false;

  constructor(own: Pick<OwnWords, "has">, goal?: Goal) {
    this.#own = own;
    this.goal = goal;
  }

  /** What the turn had done when its thread was loaded; undefined if it began after that. */
  get itemsSoFar(): Items | undefined {
    return this.#itemsSoFar;
  }

  /**
   * Whether a person at another client began it. Codex begins a goal's turn without a message; words that come later
   * in it, as by a steer, change nothing. Of a turn whose beginning nobody here knows the other client is to decide.
   */
  get isAnotherClients(): boolean {
    return this.#isAnothers ?? !this.#isHeardFromStart;
  }

  /**
   * Whether another client is known to have begun it, before words of the chat's went into it: these are told a while after
   * Codex has taken them.
   */
  get #isSharedWithOthers(): boolean {
    return this.#isAnothers === true && (this.#hasOwnWords || this.#isSigned);
  }

  /** Whether it is for another client to answer what it asks. */
  get isOthers(): boolean {
    return this.isUnsolicited ? this.isAnotherClients : this.#isSharedWithOthers;
  }

  /** A review, which does its work in a turn of another id. */
  get isReview(): boolean {
    return this.#isReview;
  }

  /** Settled once it is known who began the turn, or it is followed no more. */
  get known(): Promise<void> {
    return this.#known.promise;
  }

  /** Whether it began since the thread was loaded, so that nothing of it was missed. */
  get isHeardWhole(): boolean {
    return this.#isHeardFromStart && this.#itemsSoFar === undefined;
  }

  /** Whether the turn does anything: what a resume tells of one that ended long ago does not count. */
  get isAtWork(): boolean {
    return (
      this.#itemsSoFar !== undefined ||
      !this.requests.isEmpty ||
      this.#notifications.some(({ method }) => /^(?:turn|item)\//.test(method))
    );
  }

  /** Codex said when the thread was loaded that it runs; `isOurs`: a message of the chat's began it. */
  found(itemsSoFar: Items, isOurs: boolean): void {
    this.#itemsSoFar = itemsSoFar;
    this.#hasOwnWords ||= itemsSoFar.some((item) => this.#own.has(item));
    this.#isReview ||= itemsSoFar.some(beginsReview);
    const [first] = itemsSoFar;
    if (isOurs) this.#isAnothers = false;
    else if (first) this.#readFirst(first);
    else {
      // All of it came, or comes, since.
      this.#isHeardFromStart = true;
      for (const notification of this.#notifications) this.read(notification);
    }
    if (this.#isAnothers !== undefined) this.#known.resolve();
  }

  /** Reads who began it, of one that is followed as well. */
  read({ method, params }: CodexNotification): void {
    if (method === "turn/started") this.#isHeardFromStart = true;
    const item = asRecord(asRecord(params)?.item);
    const isItem = item && (method === "item/started" || method === "item/completed");
    if (isItem) {
      this.#hasOwnWords ||= this.#own.has(item);
      this.#isReview ||= beginsReview(item);
    }
    // Of one that ran before this is not its first item.
    if (isItem && this.#isHeardFromStart) this.#readFirst(item);
    if (method === "turn/completed" || this.#isAnothers !== undefined) this.#known.resolve();
  }

  /** A message of the chat's begins no turn that it has not asked for: it went into one. */
  #readFirst(item: Record<string, unknown>): void {
    if (this.#isAnothers !== undefined) return;
    this.#isAnothers = isFromPerson(item) && !this.#own.has(item);
    this.#isSigned = "clientId" in item;
  }

  hold(notification: CodexNotification): void {
    this.read(notification);
    if (this.#notifications.length < HELD_NOTIFICATIONS) this.#notifications.push(notification);
  }

  /** The notification by which the turn began, if it is held. */
  get start(): CodexNotification | undefined {
    return this.#notifications.find(({ method }) => method === "turn/started");
  }

  /** Gives what is held to whoever follows the turn from now on. */
  handOver(notify: (notification: CodexNotification) => void, view: TurnView): void {
    for (const notification of this.#notifications.splice(0)) notify(notification);
    this.requests.answer(view);
  }

  /** Nobody follows it, or no more. */
  letGo(): void {
    this.isUnsolicited = false;
    this.requests.answer(undefined);
    this.#known.resolve();
  }
}

/** So many turns that have ended are known: what comes late of them begins no new one. */
const ENDED_TURNS = 50;
const IGNORED_TURNS = 2;

/** What is known of turns that nobody follows any more, of the newest only. */
export class PastTurns {
  readonly #ended = new Set<string>();
  readonly #ignored = new Map<string, HeldTurn>();

  end(turnId: string): void {
    this.#ignored.delete(turnId);
    this.#ended.add(turnId);
    keepNewest(this.#ended, ENDED_TURNS);
  }

  hasEnded(turnId: string): boolean {
    return this.#ended.has(turnId);
  }

  /** It could not be followed. With its next item somebody can try again, and knows then how it began. */
  ignore(turnId: string, held: HeldTurn): void {
    held.letGo();
    this.#ignored.set(turnId, held);
    keepNewest(this.#ignored, IGNORED_TURNS);
  }

  takeIgnored(turnId: string): HeldTurn | undefined {
    const held = this.#ignored.get(turnId);
    this.#ignored.delete(turnId);
    return held;
  }
}

/** The same view, which leaves what is asked to others if it is theirs to answer. */
export function leavingToOthers(view: TurnView, isTheirs: () => boolean): TurnView {
  return {
    ...view,
    answer: (request, agent) => (isTheirs() ? LEFT_TO_OTHERS : view.answer(request, agent)),
  };
}

/** A message stands in its turn as an item, and so do a review and a compaction. */
export function isFromPerson(item: Record<string, unknown>): boolean {
  const { type } = item;
  return type === "userMessage" || type === "contextCompaction" || beginsReview(item);
}

function beginsReview({ type }: Record<string, unknown>): boolean {
  return type === "enteredReviewMode";
}

export function turnIdOf(params: Record<string, unknown> | undefined): string | undefined {
  return asString(params?.turnId) ?? asString(asRecord(params?.turn)?.id);
}

export function isEndOf(
  { method, params }: CodexNotification,
  turnId: string | undefined,
): boolean {
  return method === "turn/completed" && turnIdOf(asRecord(params)) === turnId;
}

/** What only a turn that runs has; a resume, for one, sends the token count of a turn that ended long ago. */
export function isBeginning({ method }: CodexNotification): boolean {
  return method === "turn/started" || method === "item/started";
}

/** A turn of a session as that tells its view of it. */
export type Followed = {
  view: TurnView;
  /** The turn's, and those of the turns that work inside it. */
  turnIds: Set<string>;
  held: HeldTurn;
  /** The turn has ended: whatever begins with it as its root is a turn after it. */
  over: boolean;
};
