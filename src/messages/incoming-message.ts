/** A message as it comes in, as it is stored, and why it may not run any more when its turn has come. */
import type { CodexUserInput } from "../app-server/protocol.js";
import type { ReplyAddress } from "../chat/delivery.js";
import type { CodexConversationBindingData } from "../host/binding-data.js";
import { wasDetached } from "../host/detach.js";
import type { ConversationTask } from "../thread/task.js";
import {
  readCodexAppServerBinding,
  type CodexAppServerBindingState,
} from "../thread/thread-binding.js";
import { turnWords } from "../words/turn-words.js";
import type { InboxMessage } from "./inbox.js";
import { holdReason } from "./line-hold.js";
import { queuedConversationTurns } from "./queue.js";

export type IncomingMessage = {
  data: CodexConversationBindingData;
  input: CodexUserInput[];
  /** Done instead of giving the input to Codex, which then says what it is. */
  task?: ConversationTask | undefined;
  /** It runs before those whose line is on hold. */
  goesFirst?: true;
  /** Ours, if it has one already. */
  id?: string;
  /** The id of the message that it belongs to: it goes into that one's turn, unless that is over. */
  follows?: string | undefined;
  address: ReplyAddress;
  /** The host's id of the message; one that was taken before is not taken again. */
  messageId: string | undefined;
};

/** A request that old may no longer be wanted. */
const OVERDUE_MS = 7 * 24 * 3_600_000;

/** Never rejects. */
export async function newMessage(
  id: string,
  {
    data: { sessionFile, workspaceDir },
    input,
    task,
    goesFirst,
    follows,
    address,
    messageId,
  }: IncomingMessage,
): Promise<InboxMessage> {
  const binding = await readCodexAppServerBinding(sessionFile);
  const runsAtOnce =
    queuedConversationTurns(sessionFile) === 0 && holdReason(sessionFile) === undefined;
  return {
    id,
    acceptedAt: Date.now(),
    workspaceDir,
    bindingCreatedAt: binding?.createdAt ?? "",
    address,
    input,
    ...(task === undefined ? {} : { task }),
    ...(goesFirst === true ? { goesFirst } : {}),
    ...(follows === undefined ? {} : { follows }),
    ...(messageId === undefined ? {} : { messageId }),
    // With nothing ahead of it it runs at once, and one synced write says both.
    stage: { name: runsAtOnce ? "running" : "waiting" },
  };
}

/**
 * Whether a message that an earlier process left is so old that nobody expects it to run any more; one that Codex has
 * for certain is looked for however old it is.
 */
export function isOverdue({ acceptedAt, stage }: InboxMessage): boolean {
  if (stage.name === "running" && stage.turnId !== undefined) return false;
  return Date.now() - acceptedAt > OVERDUE_MS;
}

/**
 * What to say to a message whose chat was detached or bound anew while it waited. `since` is when the binding was made
 * that it was meant for; empty if that is not known. @throws file-system errors
 */
export async function boundOtherwise(
  sessionFile: string,
  state: CodexAppServerBindingState,
  { since, mayHaveRun }: { since: string; mayHaveRun: boolean },
): Promise<string | undefined> {
  const isBoundAnew = state.kind === "bound" && since !== "" && state.binding.createdAt !== since;
  if (isBoundAnew) return mayHaveRun ? turnWords.leftWhileRunning : turnWords.reboundMeanwhile;
  const isGone = state.kind === "none" && since !== "";
  // A thread binding can be there all the same: that of a bind which nobody has allowed yet.
  if (!isGone && !(await wasDetached(sessionFile))) return undefined;
  return mayHaveRun ? turnWords.leftWhileRunning : turnWords.detachedMeanwhile;
}
