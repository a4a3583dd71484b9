/** A file on its way into a chat, while the command that asked for it has to answer soon. */
import { randomUUID } from "node:crypto";
import type { ReplyAddress } from "../chat/delivery.js";
import type { Posted } from "../messages/outbox.js";
import type { OutgoingFile } from "../chat/outgoing-files.js";
import { runningConversationMessages } from "../messages/process-messages.js";
import { fileWords } from "../words/file-words.js";

/** A slow command keeps the later ones of its chat waiting (OpenClaw 2026.9.6): a large file goes on without it. */
const ANSWER_WITHIN_MS = 5000;
/** In the whole gateway. Each is copied for the outbox, and from there once more when it is sent. */
const MAX_UNDER_WAY = 4;

let underWay = 0;

/**
 * Sends the file that `prepare` makes ready for it, and removes it. The answer says that it was sent, or was not; where
 * that takes longer, that it follows: then the chat hears of a failure later.
 * @throws what `prepare` throws, file-system errors
 */
export async function sendOut(
  sessionFile: string,
  address: ReplyAddress,
  prepare: () => Promise<OutgoingFile>,
): Promise<string> {
  const messages = runningConversationMessages();
  if (!messages) return fileWords.noFilesHere;
  if (underWay >= MAX_UNDER_WAY) return fileWords.tooMany;
  underWay += 1;
  const outcome = Promise.withResolvers<string | undefined>();
  let file: OutgoingFile;
  let posted: Posted;
  let isAnswered = false;
  try {
    file = await prepare();
    try {
      const { name, path } = file;
      posted = await messages.outbox.post(sessionFile, address, {
        id: `file:${randomUUID()}`,
        kind: "file",
        file: { name, path },
        refused: (reason) => {
          outcome.resolve(fileWords.failed(name, reason));
          return !isAnswered;
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
    outcome.resolve(fileWords.sent(file.name, file.size));
  });
  const timer = setTimeout(outcome.resolve, ANSWER_WITHIN_MS, undefined);
  const soon = await outcome.promise;
  clearTimeout(timer);
  isAnswered = true;
  return soon ?? fileWords.follows(file.name, file.size);
}
