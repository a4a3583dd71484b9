/** The chats of the sessions: where each can be written to, and how what must arrive there is posted. */
import { randomUUID } from "node:crypto";
import type { ReplyAddress } from "../chat/delivery.js";
import type { ChatNote } from "../chat/note.js";
import { keepNewest } from "../common/keep-newest.js";
import { pause } from "../common/pause.js";
import { readBoundConversation } from "../host/bound-conversation.js";
import { markGone } from "../host/gone-chats.js";
import { goalSettings, resolvePluginConfig } from "../host/plugin-config.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { limitsHeard } from "../thread/limits-heard.js";
import { sessionsOfConversation } from "../thread/sessions.js";
import type { Answer } from "../thread/answers.js";
import { fileWords } from "../words/file-words.js";
import { outboxWords } from "../words/outbox-words.js";
import type { CodexNotification } from "../app-server/protocol.js";
import type { GivenAnswer } from "./async-answers.js";
import { budgetDecision, budgetInquiry, type BudgetDecision } from "./goal-budget.js";
import type { SpentGoal } from "./goal-runs.js";
import { createTurnPresenter, type TurnPresenter, type PresenterHost } from "./turn-presenter.js";
import { fileButtons } from "./file-offers.js";
import { limitNotices } from "./limit-notices.js";
import type { MessagesHost } from "./messages-host.js";
import { sendModelsFile } from "./model-files.js";
import { Notices } from "./notices.js";
import { ConversationOutbox } from "./outbox.js";
import { OutboxStore } from "./outbox-store.js";
import { postPictures } from "./pictures.js";
import { denialOffer, planOffer, type PlanOffer } from "./offers.js";
import { showSign, type SeenSign } from "./seen-sign.js";

/** Hands a person's answer to the turn that asked it without waiting. Must not reject. */
type GiveAnswer = (answer: GivenAnswer) => Promise<void>;

/** Longer than the pace of a chat holds an answer up. */
const NOTE_WAITS_MS = 10_000;

/** The chats beyond these are found by what is noted of them alone. */
const ADDRESSES = 1000;

export class Chats {
  readonly outbox: ConversationOutbox;
  readonly #host: () => MessagesHost;
  readonly #presenters = new Set<TurnPresenter>();

  readonly #giveAnswer: GiveAnswer;
  readonly #notices = new Notices();
  /** By session: where its latest message came from. */
  readonly #latest = new Map<string, ReplyAddress>();
  readonly #over = new AbortController();
  /** By session, while the last answer of a turn that no message began has yet to leave: settled once it has. */
  readonly #lastAnswers = new Map<string, Promise<unknown>>();

  /**
   * `host` is asked anew each time: it changes when the gateway reloads the plugin. `onShort` hears that something stored
   * cannot be read now, and can be later.
   */
  constructor(host: () => MessagesHost, giveAnswer: GiveAnswer, onShort: () => void) {
    this.#host = host;
    this.#giveAnswer = giveAnswer;
    this.outbox = new ConversationOutbox(
      new OutboxStore((text) => host().warn(text), onShort),
      host,
      (sessionFile, address) => this.#groupMoved(sessionFile, address),
    );
  }

  /** Accompanies a message or a turn that came from this address. It disposes of itself with its end. */
  presenter(sessionFile: string, id: string, address: ReplyAddress): TurnPresenter {
    const presenter = createTurnPresenter({ sessionFile, id }, () =>
      this.#at(sessionFile, address),
    );
    this.#presenters.add(presenter);
    this.#latest.delete(sessionFile);
    this.#latest.set(sessionFile, address);
    keepNewest(this.#latest, ADDRESSES);
    this.#tellHeldNotices(sessionFile, address);
    return {
      ...presenter,
      end: () => {
        this.#presenters.delete(presenter);
        presenter.end();
      },
    };
  }

  /** Shows on a message that it was seen. */
  showSign(message: Parameters<typeof showSign>[1]): SeenSign {
    return showSign(this.#host, message);
  }

  /** The same for a turn that no message began; undefined if nothing has told yet where the chat is. */
  async presenterOf(sessionFile: string, id: string): Promise<TurnPresenter | undefined> {
    const address = await this.#addressOf(sessionFile);
    return address && this.presenter(sessionFile, id, address);
  }

  /** Posts what a turn answered that no message began; the same turn's is posted once. Never rejects. */
  async deliverTurn(
    sessionFile: string,
    turnId: string,
    text: string,
    answers: readonly Answer[],
  ): Promise<void> {
    await this.#post(sessionFile, async (address) => {
      if (text !== "") {
        const id = turnPostId(turnId);
        const { done } = await this.outbox.post(sessionFile, address, { id, kind: "answer", text });
        this.#lastAnswers.set(sessionFile, done);
        void done.then(() => {
          if (this.#lastAnswers.get(sessionFile) === done) this.#lastAnswers.delete(sessionFile);
        });
        void this.offerFiles(sessionFile, address, text, done);
      }
      await this.postPictures(sessionFile, address, turnId, answers);
      await this.tellLimits(sessionFile, address);
    });
  }

  /** Posts the pictures among the answers. Never rejects. */
  async postPictures(
    sessionFile: string,
    address: ReplyAddress,
    id: string,
    answers: readonly Answer[],
  ): Promise<void> {
    const pictures = answers.filter((answer) => answer.kind === "picture");
    await postPictures(this.outbox, { sessionFile, address, id, pictures }, (text) =>
      this.#host().warn(text),
    );
  }

  /** Offers to send the files that an answer links to, once it has been sent. Never rejects. */
  async offerFiles(
    sessionFile: string,
    at: ReplyAddress,
    text: string,
    sent: Promise<unknown>,
  ): Promise<void> {
    await sent;
    const host = this.#host();
    const address = this.outbox.addressNow(at);
    if (this.#over.signal.aborted || !host.hasButtons(address)) return;
    try {
      const pluginConfig = host.pluginConfig();
      const buttons = await fileButtons(text, { sessionFile, address, pluginConfig });
      if (buttons.length > 0) await host.sendNote(address, fileWords.offered, buttons);
    } catch (error) {
      host.warn(`an answer's files could not be offered: ${String(error)}`);
    }
  }

  /** Has the session's chat told, once for each `id`. Never rejects. */
  async notify(
    sessionFile: string,
    id: string,
    text: string,
    address?: ReplyAddress,
  ): Promise<void> {
    const post = async (at: ReplyAddress): Promise<void> => {
      await this.outbox.post(sessionFile, at, { id, kind: "notice", text });
    };
    await this.#post(sessionFile, post, address);
  }

  /**
   * Tells the session's chat if it should hear of that, once. If its address is at hand, the notice has its place before
   * whatever is posted after this call.
   */
  noteNotice(sessionFile: string, notification: CodexNotification, address?: ReplyAddress): void {
    const notice = this.#notices.wordsFor(sessionFile, notification);
    if (notice === undefined) return;
    this.#notices.hold(sessionFile, notice);
    if (address) this.#tellHeldNotices(sessionFile, address);
    else {
      // A thread is started before its chat is bound, and can have something to say by then.
      void this.#addressOf(sessionFile).then((at) => at && this.#tellHeldNotices(sessionFile, at));
    }
  }

  /** Asks whether a goal that has used its turns should continue; undefined if the chat cannot be asked. Never rejects. */
  async askBudget(
    { sessionFile, goal, turns }: SpentGoal,
    over: AbortSignal,
  ): Promise<BudgetDecision | undefined> {
    // The question is about what Codex has just said.
    await settledOrAborted(this.#lastAnswers.get(sessionFile), [over, this.#over.signal]);
    const presenter = await this.presenterOf(sessionFile, randomUUID());
    if (!presenter) return undefined;
    try {
      const { maxTurns } = goalSettings(resolvePluginConfig(this.#host().pluginConfig()));
      const answer = await presenter.ask(budgetInquiry(goal, turns, maxTurns), over);
      return answer === undefined ? undefined : budgetDecision(answer);
    } catch {
      // With settings that cannot be used nobody is asked.
      return undefined;
    } finally {
      presenter.end();
    }
  }

  /**
   * A message that can change, once earlier answers have left, before which it would come, since it does not go through the
   * outbox. Undefined if these wait for longer, or the chat cannot be reached. Never rejects.
   */
  async sendNote(sessionFile: string, text: string): Promise<ChatNote | undefined> {
    const earlier = this.#lastAnswers.get(sessionFile);
    if (earlier) await pause(NOTE_WAITS_MS, settledOrAborted(earlier, [this.#over.signal]));
    if (this.#lastAnswers.has(sessionFile)) return undefined;
    const address = await this.#addressOf(sessionFile);
    if (!address) return undefined;
    try {
      return await this.#host().sendNote(this.outbox.addressNow(address), text, []);
    } catch (error) {
      this.#host().warn(`a note did not reach its chat: ${String(error)}`);
      return undefined;
    }
  }

  /** Says nothing more; what is not sent stays stored. Never rejects. */
  async stop(): Promise<void> {
    this.#over.abort();
    for (const presenter of this.#presenters) presenter.dispose();
    await this.outbox.stop();
  }

  async #post(
    sessionFile: string,
    post: (address: ReplyAddress) => Promise<void>,
    known?: ReplyAddress,
  ): Promise<void> {
    const address = known ?? (await this.#addressOf(sessionFile));
    try {
      if (address) await post(address);
      else
        this.#host().warn("what Codex said was not delivered: its chat is not known to be bound");
    } catch (error) {
      this.#host().warn(`something for a chat could not be stored: ${String(error)}`);
    }
  }

  /** Where a bound chat is: as it is noted, or, until that is on disk, as its latest message told. */
  async #addressOf(sessionFile: string): Promise<ReplyAddress | undefined> {
    const bound = await readBoundConversation(sessionFile);
    return bound && (bound.address ?? this.#latest.get(sessionFile));
  }

  #tellHeldNotices(sessionFile: string, address: ReplyAddress): void {
    for (const notice of this.#notices.takeHeld(sessionFile)) {
      const now = this.outbox.addressNow(address);
      const told = denialOffer(this.#host(), sessionFile, now, notice);
      const post = { id: randomUUID(), kind: "notice", ...told } as const;
      const send = async (at: ReplyAddress): Promise<void> => {
        await this.outbox.post(sessionFile, at, post);
      };
      void this.#post(sessionFile, send, address);
    }
  }

  /** Tells of limits that are nearly used up, each once, after what was posted before. Never rejects. */
  async tellLimits(sessionFile: string, address: ReplyAddress): Promise<void> {
    const client = sessionsOfConversation(sessionFile).at(-1)?.client;
    if (!client) return;
    for (const { id, text } of limitNotices(limitsHeard(client), Date.now())) {
      // oxlint-disable-next-line no-await-in-loop
      await this.notify(sessionFile, id, text, address);
    }
  }

  /** What a plan says, and what can be done about it from the chat. */
  planOffer(sessionFile: string, at: ReplyAddress, plan: string): Promise<PlanOffer> {
    return planOffer(this.#host(), sessionFile, this.outbox.addressNow(at), plan);
  }

  #at(sessionFile: string, at: ReplyAddress): PresenterHost {
    const address = this.outbox.addressNow(at);
    const host = this.#host();
    return {
      address,
      tell: async (text) => {
        await this.outbox.post(sessionFile, at, { id: randomUUID(), kind: "notice", text });
      },
      noteNotice: (notification) => this.noteNotice(sessionFile, notification, at),
      giveAnswer: (text, turn) => this.#giveAnswer({ sessionFile, address, text, turn }),
      over: this.#over.signal,
      sendNote: (...note) => host.sendNote(address, ...note),
      askOperator: (question, options) => host.askOperator(address, question, options),
      sendFile: (name, text) => host.sendFile(address, name, text),
      sendModelsFile: (file, threadId) =>
        sendModelsFile(host, this.outbox, { sessionFile, address: at, threadId }, file),
      audit: (entry) => host.audit(entry),
      pluginConfig: () => host.pluginConfig(),
      warn: (text) => host.warn(text),
    };
  }

  /** OpenClaw knows nothing of the group's new id, so nobody but us can say how it goes on. Never rejects. */
  async #groupMoved(sessionFile: string, address: ReplyAddress): Promise<void> {
    try {
      await markGone(sessionFile);
      const binding = await readCodexAppServerBinding(sessionFile);
      await this.outbox.post(sessionFile, address, {
        id: `moved:${address.to}`,
        kind: "notice",
        text: outboxWords.moved(binding),
      });
    } catch (error) {
      this.#host().warn(`a group's new id could not be noted: ${String(error)}`);
    }
  }
}

/** The outbox's id of what a turn answered that no message began. */
export function turnPostId(turnId: string): string {
  return `turn:${turnId}`;
}

async function settledOrAborted(
  promise: Promise<unknown> | undefined,
  signals: readonly AbortSignal[],
): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const end = (): void => ended.resolve();
  for (const signal of signals) signal.addEventListener("abort", end, { once: true });
  if (promise === undefined || signals.some(({ aborted }) => aborted)) end();
  await Promise.race([promise, ended.promise]);
  for (const signal of signals) signal.removeEventListener("abort", end);
}
