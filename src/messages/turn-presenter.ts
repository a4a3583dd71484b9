/** What a chat hears and is asked while its message waits and runs, beside the answer itself. */
import type { CodexNotification, JsonValue } from "../app-server/protocol.js";
import type { ChatButton } from "../chat/buttons.js";
import type { ReplyAddress } from "../chat/delivery.js";
import type { ChatNote } from "../chat/note.js";
import { createAsyncQuestions, type AskingTurn } from "./async-questions.js";
import type { SentFile } from "./file-sending.js";
import { withFileTool } from "./file-tool.js";
import { holdReason } from "./line-hold.js";
import { createTurnProgress, type TurnProgress } from "./progress.js";
import { createWaitNote } from "./wait-note.js";
import { waitingButtons } from "./waiting-buttons.js";
import type { AuditEntry } from "../host/audit.js";
import { resolvePluginConfig, type PluginConfig } from "../host/plugin-config.js";
import { askPerson } from "../questions/asking.js";
import { questionButtons } from "../questions/buttons.js";
import type { OperatorQuestion } from "../questions/operator.js";
import {
  refusalOfInquiry,
  type CodexInquiry,
  type CodexQuestion,
  type UnaskableInquiry,
} from "../questions/question.js";
import { createTurnAsking } from "../questions/turn-asking.js";
import type { Agent } from "../thread/family.js";
import { turnsAheadOfPlace } from "../thread/turn-places.js";
import { refuseTurnRequests, type TakeTurnRequests } from "../thread/turn-requests.js";
import { queueWords } from "../words/queue-words.js";

/** The chat of one message, and what it takes to write there. */
export type PresenterHost = {
  address: ReplyAddress;
  /** Has the chat told, however long that takes. */
  tell: (text: string) => Promise<void>;
  /** Tells the chat if it should hear of that, once. */
  noteNotice: (notification: CodexNotification) => void;
  /** Hands a person's answer to whoever asked it without waiting. Must not reject. */
  giveAnswer: (answer: string, turn: AskingTurn) => Promise<void>;
  /** Aborted when this process says nothing more. */
  over: AbortSignal;
  /** @throws where the chat cannot be reached */
  sendNote: (text: string, buttons: ChatButton[], textWithoutButtons?: string) => Promise<ChatNote>;
  /** Undefined where OpenClaw has nobody to ask. @throws where it cannot be asked itself */
  askOperator: (
    question: CodexQuestion,
    options: { timeoutMs: number; handle: string },
  ) => Promise<OperatorQuestion | undefined>;
  /** Sends a text as a file. @throws where the chat cannot be reached, or takes no files */
  sendFile: (name: string, text: string) => Promise<void>;
  /** Sends a file of the thread's folder. Must not reject. */
  sendModelsFile: (file: string, threadId: string) => Promise<SentFile>;
  audit: (entry: AuditEntry) => void;
  pluginConfig: () => unknown;
  warn: (text: string) => void;
};

export type TurnPresenter = {
  /** The message stands in line behind `ahead` others, one of which runs; told unless progress is off. */
  waits(ahead: number): void;
  /** The same for a place among the turns that may run at once. */
  waitsForPlace(): void;
  /** Its turn runs. */
  runs(): void;
  /** Shows how the turn gets on. `agent`: the sub-agent on whose thread it happened. */
  observe(this: void, notification: CodexNotification, agent?: Agent): void;
  /** The same for a turn of the chat's own: puts what it asks without waiting, and tells of what its person should hear. */
  hear(this: void, notification: CodexNotification, agent?: Agent): void;
  takeRequests: TakeTurnRequests;
  /** The same in a mode that asks nobody: Codex's tool calls are carried out, all else is refused. */
  takeCalls: TakeTurnRequests;
  /** Puts what this plugin itself asks; undefined if it is not to ask in chats. Never rejects. */
  ask(this: void, inquiry: CodexInquiry, over: AbortSignal): Promise<JsonValue | undefined>;
  /** Its answer is there: what stands in the chat about it says so. */
  end(): void;
  /** Nothing more is said. */
  dispose(): void;
};

/** Codex waits for no answer to what this plugin asks, so a person can take as long as for a message that must arrive. */
const OWN_QUESTION_MS = 7 * 24 * 60 * 60_000;

/** Shows one message's turn in its chat; the message's `id` is the queue's too. Whoever makes a presenter disposes of it. */
export function createTurnPresenter(
  message: { sessionFile: string; id: string },
  host: () => PresenterHost,
): TurnPresenter {
  const { sessionFile, id } = message;
  let progress: TurnProgress | undefined;
  let disposed = false;

  async function sendNote(
    text: string,
    buttons: ChatButton[] = [],
    textWithoutButtons?: string,
  ): Promise<ChatNote | undefined> {
    try {
      return await host().sendNote(text, buttons, textWithoutButtons);
    } catch (error) {
      host().warn(`a note did not reach its chat: ${String(error)}`);
      return undefined;
    }
  }

  const placeWords = (): string | undefined => {
    const working = turnsAheadOfPlace(sessionFile);
    return working === undefined ? undefined : queueWords.waitsForPlace(working);
  };
  const waitNote = createWaitNote(
    { sessionFile, id },
    (ahead) => {
      const place = placeWords();
      if (holdReason(sessionFile) !== undefined) return sendNote(queueWords.onHold);
      if (ahead === 0 && place !== undefined) return sendNote(place);
      return sendNote(
        queueWords.queued(ahead, { hasButton: true }),
        waitingButtons(id, host().address),
        queueWords.queued(ahead, { hasButton: false }),
      );
    },
    placeWords,
  );

  /** Made when the turn begins, with the settings of that moment. */
  function turnProgress(): TurnProgress {
    progress ??= createTurnProgress(readSettings(host())?.progress ?? "off", sendNote);
    if (disposed) progress.dispose();
    return progress;
  }

  const asyncQuestions = createAsyncQuestions(
    (inquiry, over, agent) => put(inquiry, AbortSignal.any([over, host().over]), agent),
    (answer, turn) => host().giveAnswer(answer, turn),
  );

  function observe(notification: CodexNotification, agent?: Agent): void {
    turnProgress().handleNotification(notification, agent);
  }

  async function put(
    inquiry: CodexInquiry | UnaskableInquiry,
    over: AbortSignal,
    agent?: string,
  ): Promise<JsonValue> {
    const timeoutMs = timeoutOfQuestions();
    return timeoutMs === undefined
      ? refusalOfInquiry(inquiry)
      : putWithin(timeoutMs, inquiry, over, agent);
  }

  /** Undefined if nothing is to be asked in chats. */
  function timeoutOfQuestions(): number | undefined {
    const settings = readSettings(host());
    if (settings === undefined || settings.approvals === "decline") return undefined;
    return settings.turn.approvalTimeoutMs;
  }

  function putWithin(
    timeoutMs: number,
    inquiry: CodexInquiry | UnaskableInquiry,
    over: AbortSignal,
    agent?: string,
  ): Promise<JsonValue> {
    return askPerson(sessionFile, inquiry, {
      over,
      agent,
      timeoutMs,
      chat: host().address,
      askOperator: (question, options) => host().askOperator(question, options),
      sendQuestion: (opened, text, textWithoutButtons) =>
        host().sendNote(text, questionButtons(opened), textWithoutButtons),
      send: (text) => host().tell(text),
      sendFile: (name, text) => host().sendFile(name, text),
      audit: (entry) => host().audit(entry),
      warn: (text) => host().warn(text),
    });
  }

  const sendFile = (file: string, threadId: string): Promise<SentFile> =>
    host().sendModelsFile(file, threadId);

  return {
    waits(ahead) {
      if ((readSettings(host())?.progress ?? "off") === "off") return;
      waitNote.waits(ahead);
    },
    waitsForPlace() {
      if ((readSettings(host())?.progress ?? "off") !== "off") waitNote.waitsForPlace();
    },
    runs() {
      waitNote.runs();
      turnProgress().start();
    },
    observe,
    hear(notification, agent) {
      observe(notification, agent);
      asyncQuestions.handleNotification(notification, agent);
      host().noteNotice(notification);
    },
    takeRequests: (turn) =>
      withFileTool(
        createTurnAsking((...asked) => turnProgress().during(put(...asked)), turn),
        turn.threadId,
        sendFile,
      ),
    takeCalls: (turn) => withFileTool(refuseTurnRequests(turn), turn.threadId, sendFile),
    async ask(inquiry, over) {
      if (timeoutOfQuestions() === undefined) return undefined;
      return putWithin(OWN_QUESTION_MS, inquiry, AbortSignal.any([over, host().over]));
    },
    end() {
      waitNote.end();
      progress?.end();
    },
    dispose() {
      disposed = true;
      waitNote.dispose();
      progress?.dispose();
      asyncQuestions.dispose();
    },
  };
}

/** As they stand now. Those that cannot be used are told by the turn itself. */
function readSettings(host: PresenterHost): PluginConfig | undefined {
  try {
    return resolvePluginConfig(host.pluginConfig());
  } catch {
    return undefined;
  }
}
