/** What messages, and all that leaves for the chats, need of the gateway. */
import type { ChatButton } from "../chat/buttons.js";
import type { ReplyAddress } from "../chat/delivery.js";
import type { ChatNote } from "../chat/note.js";
import type { AuditEntry } from "../host/audit.js";
import type { OperatorQuestion } from "../questions/operator.js";
import type { CodexQuestion } from "../questions/question.js";
import type { OutboxHost } from "./outbox.js";

export type MessagesHost = OutboxHost & {
  /** @throws where the chat cannot be reached */
  sendNote: (
    address: ReplyAddress,
    text: string,
    buttons: ChatButton[],
    textWithoutButtons?: string,
  ) => Promise<ChatNote>;
  /** Shows on a person's message that it was seen. @throws where that cannot be shown */
  showSeen: (address: ReplyAddress, messageId: string, isSeen: boolean) => Promise<void>;
  /** Whether a note there can have buttons. */
  hasButtons: (address: ReplyAddress) => boolean;
  /** Undefined where OpenClaw has nobody to ask. @throws where it cannot be asked itself */
  askOperator: (
    address: ReplyAddress,
    question: CodexQuestion,
    options: { timeoutMs: number; handle: string },
  ) => Promise<OperatorQuestion | undefined>;
  /** Sends a text as a file. @throws where the chat cannot be reached, or takes no files */
  sendFile: (address: ReplyAddress, name: string, text: string) => Promise<void>;
  audit: (entry: AuditEntry) => void;
  pluginConfig: () => unknown;
};
