/**
 * The life of an accepted message, across restarts: stored, answered, delivered, forgotten.
 */
import { randomUUID } from "node:crypto";
import { answerAfterRestart, answerMessage, type MessageToAnswer } from "./answer.js";
import { AnswerDelivery } from "./answer-delivery.js";
import type { MessageAnswer } from "./answer-outcome.js";
import { createCodexConversationBindingData } from "../host/binding-data.js";
import { giveAnswer } from "./async-answers.js";
import { Chats } from "./chats.js";
import { tellAway } from "./away-notice.js";
import { isCodexAway, lookForCodex } from "./codex-away.js";
import type { TurnPresenter } from "./turn-presenter.js";
import type { GoalRuns } from "./goal-runs.js";
import { enqueueConversationTurn, linesUnderWay, queuedConversationTurns } from "./queue.js";
import { HeldLines } from "./held-lines.js";
import { ConversationInbox, type InboxEntry } from "./inbox.js";
import { boundOtherwise, isOverdue, newMessage, type IncomingMessage } from "./incoming-message.js";
import { isShortage } from "../host/private-files.js";
import type { ConversationOutbox } from "./outbox.js";
import type { MessagesHost } from "./messages-host.js";
import { Inheritance, type HandedOver, type Predecessor } from "./takeover.js";
import { labelOfInput } from "../chat/turn-input.js";
import { queueWords } from "../words/queue-words.js";
import { SideQuestions } from "./side-questions.js";
import { ThreadWatch } from "./thread-watch.js";
import packageJson from "../../package.json" with { type: "json" };

/** What was stored too late to be found at once when another version was taken over is looked for once more. */
const LOOK_AGAIN_MS = 5000;
/** And what could not be read for want of files or room. */
const AFTER_SHORTAGE_MS = 30_000;

export class ConversationMessages {
  /** Copies of the same version can do with each other's work; another version must not be asked to. */
  readonly version = packageJson.version;
  /** The lines that are on hold. */
  readonly held: HeldLines;
  readonly side: SideQuestions;
  #host: MessagesHost;
  readonly #inbox: ConversationInbox;
  readonly #chats: Chats;
  readonly #delivery: AnswerDelivery;
  readonly #threads: ThreadWatch;
  /** How many messages of each session are on their way to their answers: a goal waits for them all. */
  readonly #underWay = new Map<string, number>();
  #recovery: Promise<void> = Promise.resolve();
  #stopped = false;
  readonly #ends = new AbortController();
  #inheritance: Inheritance | undefined;
  #folder: string | undefined;
  #secondLook: NodeJS.Timeout | undefined;

  constructor(host: MessagesHost) {
    this.#host = host;
    const warn = (text: string): void => this.#host.warn(text);
    const onShort = (): void => this.#lookAgain(AFTER_SHORTAGE_MS);
    this.#inbox = new ConversationInbox(warn, onShort);
    const chats = new Chats(
      () => this.#host,
      (answer) =>
        giveAnswer(answer, {
          pluginConfig: () => this.#host.pluginConfig(),
          post: (...post) => chats.outbox.post(...post),
          accept: (message) => this.accept(message),
          warn,
        }),
      onShort,
    );
    this.#chats = chats;
    this.held = new HeldLines(chats, {
      pluginConfig: () => this.#host.pluginConfig(),
      accept: (message) => this.accept(message),
      warn,
    });
    this.side = new SideQuestions(chats.outbox, { ends: this.#ends.signal, warn });
    this.#delivery = new AnswerDelivery(this.#inbox, chats, { ends: this.#ends.signal, warn });
    this.#threads = new ThreadWatch(chats, {
      pluginConfig: () => this.#host.pluginConfig(),
      hasMessages: (sessionFile) => this.#underWay.has(sessionFile),
      hasMessage: async (sessionFile, id) =>
        (await this.#inbox.list(sessionFile)).some(({ message }) => message.id === id),
      earlierTurnOver: async (sessionFile) =>
        this.#inheritance?.turnOver(sessionFile, this.#ends.signal),
      ends: this.#ends.signal,
      warn,
    });
  }

  /** Through it leaves whatever must reach a chat. */
  get outbox(): Pick<ConversationOutbox, "post" | "wake" | "waitMs"> {
    return this.#chats.outbox;
  }

  /** What the chats' goals have come to. */
  get goals(): GoalRuns {
    return this.#threads.goals;
  }

  attach(host: MessagesHost): void {
    this.#host = host;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Takes a message: when this resolves it is on disk, or known to have been taken before. */
  async accept(incoming: IncomingMessage): Promise<void> {
    await this.#recovery;
    const { data, messageId } = incoming;
    this.#chats.outbox.wake(data.sessionFile);
    lookForCodex(data.sessionFile);
    const id = incoming.id ?? randomUUID();
    const message = newMessage(id, incoming);
    const stored = Promise.withResolvers<void>();
    let begun = false;
    // What comes before its turn is made ready while it is written.
    const begin = (entry: InboxEntry): void => {
      begun = true;
      void this.#run(entry, stored.promise);
    };
    try {
      await this.#inbox.accept(data.sessionFile, messageId ?? id, message, begin);
    } catch (error) {
      // Answered anyway: the message is lost if the gateway crashes before that.
      this.#host.warn(
        `a message could not be stored and would be lost by a crash: ${String(error)}`,
      );
      if (!begun) begin({ sessionFile: data.sessionFile, file: undefined, message: await message });
    }
    stored.resolve();
  }

  /** Takes up what an earlier process left in the inboxes below a folder, each session's messages in order. */
  async recover(folder: string): Promise<void> {
    this.#folder = folder;
    this.#recovery = this.#recovery
      .then(() => this.#recoverAll(folder))
      .catch((error: unknown) => {
        this.#host.warn(`the stored messages could not be looked through: ${String(error)}`);
        if (isShortage(error)) this.#lookAgain(AFTER_SHORTAGE_MS);
      });
    await this.#recovery;
  }

  /** Takes up what another version in this process was about; new messages wait for that. Never rejects. */
  async takeOver(predecessor: Predecessor, folder: string): Promise<void> {
    this.#inheritance = new Inheritance(predecessor, this.#host);
    this.#recovery = this.#inheritance.ready;
    this.#threads.catchUpAfter(this.#inheritance);
    await this.recover(folder);
    this.#lookAgain(LOOK_AGAIN_MS);
  }

  /** Looks once more for what an earlier process, or another version, left. */
  #lookAgain(inMs: number): void {
    const folder = this.#folder;
    if (this.#stopped || folder === undefined) return;
    clearTimeout(this.#secondLook);
    this.#secondLook = setTimeout(() => void this.recover(folder), inMs);
    this.#secondLook.unref();
  }

  /** Ends as `stop` does, for another version that takes over. */
  handOver(host: MessagesHost): HandedOver {
    this.attach(host);
    return { settled: this.stop(), turns: linesUnderWay() };
  }

  /**
   * Ends all work where it stands, for good; what is not delivered stays stored for the next process. Settles once it
   * is known of what is being sent whether it was, within 4 s. Never rejects.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#ends.abort();
    clearTimeout(this.#secondLook);
    this.held.stop();
    this.#threads.stop();
    await this.#chats.stop();
  }

  async #recoverAll(folder: string): Promise<void> {
    if (this.#stopped) return;
    await this.#chats.outbox.recover(folder);
    await this.held.recover(folder);
    await this.side.recover(folder);
    for (const sessionFile of await this.#inbox.sessions(folder)) {
      for (const entry of await this.#recoverSession(sessionFile)) {
        const { stage } = entry.message;
        if (stage.name === "answered") {
          // Version 0.1.0 left its answers in the inbox, as does a disk that took no more files.
          const { text, endsTurn } = stage;
          // oxlint-disable-next-line no-await-in-loop
          await this.#delivery.deliverText(entry, { text, pictures: [], endsTurn }, stage.sent);
          // oxlint-disable-next-line no-await-in-loop
        } else if (await this.#delivery.isDelivered(entry)) {
          // oxlint-disable-next-line no-await-in-loop
          await this.#delivery.finish(entry);
        } else {
          void this.#run(entry);
        }
      }
    }
    await this.#threads.recover(folder);
  }

  /** What stands in the place of one chat's messages, or makes them unreadable, is that chat's affair. Never rejects. */
  async #recoverSession(sessionFile: string): Promise<InboxEntry[]> {
    try {
      return await this.#inbox.recover(sessionFile);
    } catch (error) {
      if (isShortage(error)) this.#lookAgain(AFTER_SHORTAGE_MS);
      this.#host.warn(
        `the messages of one chat cannot be read, so they wait; the other chats are not affected: ${String(error)}`,
      );
      return [];
    }
  }

  /**
   * Sees a message from wherever it stands to its answer; a new one waits for `stored` before it is given to Codex or
   * answered. Never rejects.
   */
  async #run(entry: InboxEntry, stored?: Promise<void>): Promise<void> {
    const { sessionFile } = entry;
    this.#underWay.set(sessionFile, (this.#underWay.get(sessionFile) ?? 0) + 1);
    await this.#seeThrough(entry, stored);
    const left = (this.#underWay.get(sessionFile) ?? 1) - 1;
    this.#underWay.set(sessionFile, left);
    if (left > 0) return;
    this.#underWay.delete(sessionFile);
    if (!this.#stopped) await this.#threads.goals.release(sessionFile);
  }

  async #seeThrough(entry: InboxEntry, stored: Promise<void> | undefined): Promise<void> {
    const { sessionFile, message } = entry;
    const { id, address } = message;
    const presenter = this.#chats.presenter(sessionFile, id, address);
    const sign = this.#chats.showSign(message);
    const ahead = queuedConversationTurns(sessionFile);
    // A task's own command has said that it waits, and a chat without a Codex has been told what for.
    const isTold = message.task !== undefined || isCodexAway(sessionFile);
    if (!isTold && (ahead > 0 || this.held.holds(sessionFile))) presenter.waits(ahead);
    if (ahead > 0) this.#threads.unsolicited.messageWaits(sessionFile);
    const answer = await this.#answer(entry, presenter, stored);
    await stored;
    // What a dying process says of its turns is not their end: the next one looks.
    if (this.#stopped) return;
    presenter.end();
    const { sent } = await this.#delivery.deliver(entry, answer);
    void sign.takeAway(sent);
    void this.held.answered(sessionFile, message, sent);
    if (answer) void this.#chats.offerFiles(sessionFile, address, answer.text, sent);
  }

  async #answer(
    entry: InboxEntry,
    presenter: TurnPresenter,
    stored: Promise<void> | undefined,
  ): Promise<MessageAnswer | undefined> {
    const { message } = entry;
    const toAnswer = this.#messageToAnswer(entry, presenter, stored);
    if (stored !== undefined) return answerMessage(toAnswer);
    if (isOverdue(message)) {
      this.#host.warn(
        "a message that has waited for over a week, by this machine's clock, was not given to Codex; its chat is told",
      );
      const label = labelOfInput(message.input);
      const text = queueWords.overdue(label, message.stage.name === "running");
      // The answers of those before it come first.
      return enqueueConversationTurn(entry.sessionFile, async () => ({ text, pictures: [] }));
    }
    return message.stage.name === "running"
      ? answerAfterRestart(toAnswer, message.stage.turnId)
      : answerMessage({ ...toAnswer, wasAccepted: true });
  }

  #messageToAnswer(
    entry: InboxEntry,
    presenter: TurnPresenter,
    stored: Promise<void> | undefined,
  ): MessageToAnswer {
    const { sessionFile, message } = entry;
    const mayHaveRun = message.stage.name === "running" && stored === undefined;
    const storedAsRunning = message.stage.name === "running" && stored !== undefined;
    return {
      data: createCodexConversationBindingData({
        sessionFile,
        workspaceDir: message.workspaceDir,
      }),
      input: message.input,
      task: message.task,
      pluginConfig: () => this.#host.pluginConfig(),
      clientId: message.id,
      goesFirst: message.goesFirst === true,
      follows: message.follows,
      onFailed: (error) => this.held.failed(sessionFile, message.id, error),
      onEdited: (input) => void this.#delivery.noteInput(entry, input),
      takeRequests: presenter.takeRequests,
      takeCalls: presenter.takeCalls,
      observe: presenter.hear,
      // A process that ends begins nothing more: the next one would do it again.
      instead: async (binding) =>
        this.#stopped
          ? ""
          : boundOtherwise(sessionFile, binding, { since: message.bindingCreatedAt, mayHaveRun }),
      onWaitsForPlace: () => presenter.waitsForPlace(),
      whileAway: {
        ends: this.#ends.signal,
        tell: (reason) =>
          tellAway(this.#chats.outbox, entry, { reason, pluginConfig: this.#host.pluginConfig() }),
      },
      makeWay: (stopped) => this.#threads.unsolicited.makeWay(sessionFile, stopped),
      earlierTurnOver: async (stopped) => this.#inheritance?.turnOver(sessionFile, stopped),
      joined: async ({ turnId, isFollowed }) => {
        if (isFollowed && !this.#threads.unsolicited.isRunning(sessionFile, turnId)) return true;
        await this.#delivery.noteFound(entry, turnId);
        await this.#threads.unsolicited.over(sessionFile);
        return this.#delivery.isToldWithTurn(sessionFile, turnId);
      },
      onStarting: async () => {
        // The channel brings again what was not on disk when the process died: it must not have run.
        await stored;
        if (!storedAsRunning) await this.#delivery.note(entry, { name: "running" });
        // Not noted, so the next process would give it to Codex again.
        if (this.#stopped) throw new Error("The gateway is ending.");
      },
      onStarted: (turnId) => {
        presenter.runs();
        this.held.began(sessionFile);
        return this.#delivery.noteBegun(entry, turnId);
      },
      onFound: (turnId) => this.#delivery.noteFound(entry, turnId),
      isEnding: () => this.#stopped,
    };
  }
}
