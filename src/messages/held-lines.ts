/**
 * Lines on hold: by a person, or since a turn has failed and others wait behind it. Whoever is in the chat then says what
 * becomes of them. A thread whose turn has met a used-up limit can continue when that resets: once, if a person wants it,
 * and if Codex says that it has reset.
 */
import { randomUUID } from "node:crypto";
import { readCodexLimits, resetOfLimits } from "../app-server/account-facts.js";
import { turnFailureCause } from "../app-server/turn-failure.js";
import type { ReplyAddress } from "../chat/delivery.js";
import { textInput } from "../chat/turn-input.js";
import { createCodexConversationBindingData } from "../host/binding-data.js";
import type { CodexInquiry } from "../questions/question.js";
import { clientOfSession, runtimeOfBinding } from "../thread/bound-codex.js";
import { CONTINUE_AFTER_LIMIT } from "../thread/instructions.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import type { CodexTurnFailedError } from "../thread/turn-collector.js";
import { holdWords } from "../words/hold-words.js";
import type { Chats } from "./chats.js";
import { afterFailure, failedTurnInquiry, resumeInquiry } from "./failed-turn.js";
import { storedHolds, storeHold, type StoredHold } from "./hold-store.js";
import type { IncomingMessage } from "./incoming-message.js";
import { holdLine, holdReason, releaseLine } from "./line-hold.js";
import { dropConversationTurns, waitingConversationTurns } from "./queue.js";

/** A limit resets a little later than it says. */
const MARGIN_MS = 30_000;
/** The longest delay of a Node timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How often a limit that has not reset is waited for once more. */
const TRIES = 3;

type Surroundings = {
  pluginConfig: () => unknown;
  accept: (message: IncomingMessage) => Promise<void>;
  warn: (text: string) => void;
};

type Resume = NonNullable<StoredHold["resume"]>;
type Message = { id: string; address: ReplyAddress; workspaceDir: string };
type Session = {
  /** How turns have failed, by the messages that have yet to be answered. */
  failures: Map<string, CodexTurnFailedError>;
  resume: Resume | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Closes the question that is open about it. */
  asked: AbortController;
};

export class HeldLines {
  readonly #chats: Pick<Chats, "presenter" | "presenterOf" | "notify">;
  readonly #around: Surroundings;
  readonly #sessions = new Map<string, Session>();
  #isStopped = false;

  constructor(chats: Pick<Chats, "presenter" | "presenterOf" | "notify">, around: Surroundings) {
    this.#chats = chats;
    this.#around = around;
  }

  holds(sessionFile: string): boolean {
    return holdReason(sessionFile) !== undefined;
  }

  /** What waits, and what comes, does not begin. @throws file-system errors */
  async hold(sessionFile: string): Promise<void> {
    holdLine(sessionFile, "person");
    await this.#store(sessionFile);
  }

  /** False if the line was not on hold. */
  async go(sessionFile: string): Promise<boolean> {
    const wasHeld = releaseLine(sessionFile);
    this.#forget(sessionFile);
    try {
      await storeHold(sessionFile, {});
    } catch (error) {
      this.#warn(error);
    }
    return wasHeld;
  }

  /** Nothing waits any more: what a failed turn has put on hold is over. */
  async noneWaits(sessionFile: string): Promise<void> {
    const isOver =
      holdReason(sessionFile) === "failure" && waitingConversationTurns(sessionFile).length === 0;
    if (isOver) await this.go(sessionFile);
  }

  /** A turn has failed: what waits behind it must not begin before somebody has had their say. */
  failed(sessionFile: string, messageId: string, error: CodexTurnFailedError): void {
    if (this.#isStopped) return;
    this.#of(sessionFile).failures.set(messageId, error);
    const waits = waitingConversationTurns(sessionFile).length > 0;
    // Also one that was about to be released.
    if (waits) holdLine(sessionFile, holdReason(sessionFile) ?? "failure");
  }

  /** A message has its answer: if its turn has failed, the chat is asked what follows once that is `sent`. Never rejects. */
  async answered(sessionFile: string, message: Message, sent: Promise<void>): Promise<void> {
    const session = this.#sessions.get(sessionFile);
    const error = session?.failures.get(message.id);
    if (!session || !error) return;
    session.failures.delete(message.id);
    try {
      await sent;
      await this.#ask(sessionFile, message, error);
    } catch (thrown) {
      this.#warn(thrown);
    }
  }

  /** A turn of the chat's has begun, so whoever is there continues by themselves. */
  began(sessionFile: string): void {
    const session = this.#sessions.get(sessionFile);
    const isAsked = session !== undefined && !session.asked.signal.aborted;
    // What is asked about messages on hold stays so.
    if (!session?.resume && (!isAsked || holdReason(sessionFile) !== undefined)) return;
    this.#forget(sessionFile);
    void this.#store(sessionFile).catch((error: unknown) => this.#warn(error));
  }

  /** Takes over what the process before has left below a folder. Never rejects. */
  async recover(folder: string): Promise<void> {
    const holds = await storedHolds(folder).catch(() => new Map<string, StoredHold>());
    for (const [sessionFile, { reason, resume }] of holds) {
      if (reason !== undefined) holdLine(sessionFile, reason);
      if (reason === "failure" && !resume) {
        void this.#chats.notify(sessionFile, randomUUID(), holdWords.stillHeld);
      }
      if (resume) this.#resumeAt(sessionFile, resume, TRIES);
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const { timer, asked } of this.#sessions.values()) {
      clearTimeout(timer);
      asked.abort();
    }
    this.#sessions.clear();
  }

  async #ask(sessionFile: string, message: Message, error: CodexTurnFailedError): Promise<void> {
    const now = Date.now();
    const isLimit = turnFailureCause(error) === "usageLimit" && (error.resetsAt ?? 0) > now;
    const resetsAt = isLimit ? error.resetsAt : undefined;
    const isHeld = holdReason(sessionFile) === "failure";
    const waiting = isHeld ? waitingConversationTurns(sessionFile).length : 0;
    if (waiting === 0 && resetsAt === undefined) {
      await this.noneWaits(sessionFile);
      return;
    }
    await this.#store(sessionFile);
    const inquiry = failedTurnInquiry({ waiting, resetsAt, now });
    const answer = await this.#put(sessionFile, message.address, inquiry);
    if (this.#isStopped || answer === "over") return;
    // Where nobody is asked in chats, nobody could have them run.
    const decision = answer === undefined ? "run" : afterFailure(answer);
    if (decision === "run" && isHeld) await this.go(sessionFile);
    if (decision === "drop") {
      dropConversationTurns(sessionFile);
      await this.go(sessionFile);
    }
    if (decision === "resume" && resetsAt !== undefined) {
      const binding = await readCodexAppServerBinding(sessionFile);
      const { workspaceDir, address } = message;
      const threadId = binding?.threadId ?? "";
      const resume = { at: resetsAt + MARGIN_MS, threadId, workspaceDir, address };
      this.#resumeAt(sessionFile, resume, TRIES);
      await this.#store(sessionFile);
    }
  }

  /** `over` if the question was closed by what happened meanwhile; undefined if nothing is to be asked in chats. */
  async #put(sessionFile: string, address: ReplyAddress, inquiry: CodexInquiry): Promise<unknown> {
    const session = this.#of(sessionFile);
    session.asked.abort();
    const asked = new AbortController();
    session.asked = asked;
    const presenter = this.#chats.presenter(sessionFile, randomUUID(), address);
    try {
      const answer = await presenter.ask(inquiry, asked.signal);
      return asked.signal.aborted ? "over" : answer;
    } finally {
      presenter.end();
    }
  }

  #resumeAt(sessionFile: string, resume: Resume, tries: number): void {
    const session = this.#of(sessionFile);
    clearTimeout(session.timer);
    session.resume = resume;
    this.#waitFor(session, resume, () => void this.#resume(sessionFile, resume, tries));
    void this.#askWhile(sessionFile, resume);
  }

  /** However far off that is: a timer takes some weeks at most, and beyond that fires at once. */
  #waitFor(session: Session, resume: Resume, begin: () => void): void {
    const waitMs = Math.max(0, resume.at - Date.now());
    const isFar = waitMs > MAX_TIMER_MS;
    const next = isFar ? () => this.#waitFor(session, resume, begin) : begin;
    session.timer = setTimeout(next, Math.min(waitMs, MAX_TIMER_MS));
    session.timer.unref();
  }

  /** Until then it can be cancelled, or brought forward. Never rejects. */
  async #askWhile(sessionFile: string, resume: Resume): Promise<void> {
    try {
      const inquiry = resumeInquiry(resume.at, Date.now());
      const answer = await this.#put(sessionFile, resume.address, inquiry);
      const isCurrent = this.#sessions.get(sessionFile)?.resume === resume;
      if (this.#isStopped || !isCurrent || answer === undefined || answer === "over") return;
      clearTimeout(this.#of(sessionFile).timer);
      if (answer === "now") await this.#resume(sessionFile, resume, 0);
      else {
        this.#of(sessionFile).resume = undefined;
        await this.#store(sessionFile);
      }
    } catch (error) {
      this.#warn(error);
    }
  }

  /** Never rejects. `tries`: how often it may be put off; with none it is a person's wish, and not checked. */
  async #resume(sessionFile: string, resume: Resume, tries: number): Promise<void> {
    const session = this.#of(sessionFile);
    if (this.#isStopped || session.resume !== resume) return;
    const { address, workspaceDir, threadId } = resume;
    try {
      const binding = await readCodexAppServerBinding(sessionFile);
      const isSameThread = binding?.threadId === threadId;
      const resetsAt =
        isSameThread && tries > 0 ? await this.#limitedUntil(sessionFile) : undefined;
      if (this.#isStopped || session.resume !== resume) return;
      const say = (text: string): Promise<void> =>
        this.#chats.notify(sessionFile, randomUUID(), text, address);
      if (resetsAt !== undefined && tries > 1) {
        const later = { ...resume, at: resetsAt + MARGIN_MS };
        await say(holdWords.notYet(later.at, Date.now()));
        this.#resumeAt(sessionFile, later, tries - 1);
        return await this.#store(sessionFile);
      }
      this.#forget(sessionFile);
      await this.#store(sessionFile);
      if (!isSameThread) return await say(holdWords.moved);
      if (resetsAt !== undefined) return await say(holdWords.notAgain);
      await say(holdWords.goesOn);
      const data = createCodexConversationBindingData({ sessionFile, workspaceDir });
      const input = [textInput(CONTINUE_AFTER_LIMIT)];
      const goesFirst = holdReason(sessionFile) !== undefined;
      await this.#around.accept({
        data,
        input,
        address,
        messageId: undefined,
        ...(goesFirst ? { goesFirst } : {}),
      });
      // They begin after it, and not at all if it fails.
      if (holdReason(sessionFile) === "failure") await this.go(sessionFile);
    } catch (error) {
      this.#warn(error);
    }
  }

  /** When the limit resets that Codex has still reached; undefined if none, or if it cannot say. */
  async #limitedUntil(sessionFile: string): Promise<number | undefined> {
    try {
      const pluginConfig = this.#around.pluginConfig();
      const binding = await readCodexAppServerBinding(sessionFile);
      const runtime = runtimeOfBinding(pluginConfig, binding);
      const client = await clientOfSession(runtime, binding);
      const reset = resetOfLimits(await readCodexLimits(client, runtime.requestTimeoutMs));
      return reset !== undefined && reset > Date.now() ? reset : undefined;
    } catch {
      // The turn itself will tell.
      return undefined;
    }
  }

  #of(sessionFile: string): Session {
    const session = this.#sessions.get(sessionFile) ?? {
      failures: new Map(),
      resume: undefined,
      timer: undefined,
      asked: new AbortController(),
    };
    this.#sessions.set(sessionFile, session);
    return session;
  }

  /** Closes what is asked, and continues nothing. */
  #forget(sessionFile: string): void {
    const session = this.#sessions.get(sessionFile);
    if (!session) return;
    clearTimeout(session.timer);
    session.resume = undefined;
    session.asked.abort();
  }

  async #store(sessionFile: string): Promise<void> {
    const reason = holdReason(sessionFile);
    const resume = this.#sessions.get(sessionFile)?.resume;
    await storeHold(sessionFile, {
      ...(reason === undefined ? {} : { reason }),
      ...(resume === undefined ? {} : { resume }),
    });
  }

  #warn(error: unknown): void {
    this.#around.warn(`what follows a failed turn could not be settled: ${String(error)}`);
  }
}
