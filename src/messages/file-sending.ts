/** A file on its way into a chat, while whoever asked for it has to hear of it soon. */
import { randomUUID } from "node:crypto";
import type { ReplyAddress } from "../chat/delivery.js";
import type { ConversationOutbox, Posted } from "./outbox.js";
import type { OutgoingFile } from "../chat/outgoing-files.js";
import { fileWords } from "../words/file-words.js";

/** A slow command keeps the later ones of its chat waiting (OpenClaw 2026.9.6): a large file goes on without it. */
const ANSWER_WITHIN_MS = 5000;
/** In the whole gateway. Each is copied for the outbox, and from there once more when it is sent. */
const MAX_UNDER_WAY = 4;

let underWay = 0;

/** `isSent`: it is in the chat, or on its way there. */
export type SentFile = { isSent: boolean; text: string };

export type FileTarget = {
  sessionFile: string;
  address: ReplyAddress;
  /** Whoever asked tells the chat what comes of it, as far as that is known soon. */
  isAnsweredInChat: boolean;
};

/**
 * Sends the file that `prepare` makes ready for it, and removes it. The text says that it was sent, or was not; if that
 * takes longer, that it follows: then the chat hears of a failure later.
 * @throws what `prepare` throws, file-system errors
 */
export async function sendOut(
  outbox: Pick<ConversationOutbox, "post">,
  { sessionFile, address, isAnsweredInChat }: FileTarget,
  prepare: () => Promise<OutgoingFile>,
): Promise<SentFile> {
  if (underWay >= MAX_UNDER_WAY) return { isSent: false, text: fileWords.tooMany };
  underWay += 1;
  const outcome = Promise.withResolvers<SentFile | undefined>();
  let file: OutgoingFile;
  let posted: Posted;
  let isAnswered = false;
  try {
    file = await prepare();
    try {
      const { name, path } = file;
      posted = await outbox.post(sessionFile, address, {
        id: `file:${randomUUID()}`,
        kind: "file",
        file: { name, path },
        refused: (reason) => {
          outcome.resolve({ isSent: false, text: fileWords.failed(name, reason) });
          return isAnsweredInChat && !isAnswered;
        },
      });
    } finally {
      await file.remove();
    }
  } catch (error) {
    underWay -= 1;
    throw error;
  }
  void posted.done.then(() => {
    underWay -= 1;
    outcome.resolve({ isSent: true, text: fileWords.sent(file.name, file.size) });
  });
  const timer = setTimeout(outcome.resolve, ANSWER_WITHIN_MS, undefined);
  const soon = await outcome.promise;
  clearTimeout(timer);
  isAnswered = true;
  return soon ?? { isSent: true, text: fileWords.follows(file.name, file.size) };
}
