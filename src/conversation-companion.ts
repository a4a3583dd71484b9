/** What a chat hears and is asked while its message waits and runs, beside the answer itself. */
import type { CodexNotification, JsonValue } from "./app-server/protocol.js";
import type { CodexQuestion } from "./codex-question.js";
import { askPerson } from "./conversation-asking.js";
import { WHOLE_REPLY, type ReplyAddress } from "./conversation-delivery.js";
import type { SendReply } from "./conversation-outbox.js";
import { createTurnProgress } from "./conversation-progress.js";
import type { OpenQuestion } from "./conversation-questions.js";
import { words } from "./conversation-words.js";
import { resolvePluginConfig, type PluginConfig } from "./plugin-config.js";

/** A wait that is over sooner is not worth a word. */
const WAIT_NOTE_AFTER_MS = 5000;

export type CompanionHost = {
  send: SendReply;
  /** Sends a question of Codex's with its buttons. @throws where the chat cannot be reached */
  sendQuestion: (address: ReplyAddress, question: OpenQuestion, text: string) => Promise<void>;
  pluginConfig: () => unknown;
  warn: (text: string) => void;
};

export type Companion = {
  /** The message stands in line behind `ahead` others, one of which runs; told unless progress is off. */
  waits(ahead: number): void;
  /** Its turn runs. */
  runs(): void;
  observe(this: void, notification: CodexNotification): void;
  ask(this: void, question: CodexQuestion, turn: AbortSignal): Promise<JsonValue>;
  /** Its answer is there, or the process ends: nothing more is said. */
  dispose(): void;
};

/** Accompanies one message. Whoever makes a companion disposes of it. */
export function createCompanion(
  sessionFile: string,
  address: ReplyAddress,
  host: () => CompanionHost,
): Companion {
  let waiting: NodeJS.Timeout | undefined;
  const settings = readSettings(host());

  async function say(text: string): Promise<void> {
    try {
      await host().send(address, text, WHOLE_REPLY);
    } catch (error) {
      host().warn(`a note did not reach its chat: ${String(error)}`);
    }
  }

  const progress = createTurnProgress(settings?.progress ?? "off", say);

  return {
    waits(ahead) {
      if (settings === undefined || settings.progress === "off") return;
      waiting = setTimeout(() => void say(words.waiting(ahead)), WAIT_NOTE_AFTER_MS);
      waiting.unref();
    },
    runs() {
      clearTimeout(waiting);
      progress.start();
    },
    observe: progress.handleNotification,
    async ask(question, turn) {
      if (settings === undefined || settings.approvals === "decline") {
        return question.refusal.result;
      }
      return askPerson(sessionFile, question, {
        turn,
        timeoutMs: settings.turn.approvalTimeoutMs,
        sendQuestion: (opened, text) => host().sendQuestion(address, opened, text),
        sendNote: say,
        warn: (text) => host().warn(text),
      });
    },
    dispose() {
      clearTimeout(waiting);
      progress.dispose();
    },
  };
}

/** Settings that cannot be used are told by the turn itself. */
function readSettings(host: CompanionHost): PluginConfig | undefined {
  try {
    return resolvePluginConfig(host.pluginConfig());
  } catch {
    return undefined;
  }
}
