import { shownServer } from "../app-server/config.js";
import { serverOfSession } from "../thread/bound-codex.js";
import { reasonOf } from "../words/failure-words.js";
import { queueWords } from "../words/queue-words.js";
import type { InboxEntry } from "./inbox.js";
import type { ConversationOutbox } from "./outbox.js";

/** Tells a chat that its message waits, since its Codex cannot be reached. */
export async function tellAway(
  outbox: Pick<ConversationOutbox, "post">,
  { sessionFile, message }: Pick<InboxEntry, "sessionFile" | "message">,
  { reason, pluginConfig }: { reason: Error; pluginConfig: unknown },
): Promise<void> {
  const server = shownServer(pluginConfig, await serverOfSession({ sessionFile, pluginConfig }));
  const text = queueWords.codexAway(reasonOf(reason), server);
  await outbox.post(sessionFile, message.address, {
    id: `away:${message.id}`,
    kind: "notice",
    text,
  });
}
