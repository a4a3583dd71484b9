/** Ends a conversation's binding, whoever asks for it: the chat itself, or the operator. */
import { stopCodexConversationTurn } from "./control.js";
import { runningConversationMessages } from "./process-messages.js";
import { releaseConversation } from "../host/detach.js";
import type { Conversation } from "../host/host-bindings.js";
import { forgetBound } from "../host/keep-bound.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { leaveOnAllClients } from "../thread/leave-everywhere.js";
import {
  clearCodexAppServerBinding,
  inspectCodexAppServerBinding,
} from "../thread/thread-binding.js";

export type Detached = {
  threadId: string | undefined;
  /** The server that the thread is kept on, unless it is that of `appServer`. */
  server: string | undefined;
  stopped: boolean;
};

export type DetachSteps = Pick<CommandContext, "detachConversationBinding"> & {
  /** The chat is free, whatever becomes of the stop. Must not reject. */
  onFreed(threadId: string | undefined): Promise<void>;
};

/**
 * Takes the chat back from Codex, and stops what runs there; the thread is kept.
 * @throws where the chat's mark cannot be written, and what Codex refuses
 */
export async function detachSession(
  host: PluginHost,
  {
    sessionFile,
    pluginConfig,
    conversation,
  }: { sessionFile: string; pluginConfig: unknown; conversation: Conversation },
  steps: DetachSteps,
): Promise<Detached> {
  const state = await inspectCodexAppServerBinding(sessionFile);
  await releaseConversation(host, steps, sessionFile, conversation);
  await forgetBound(host, sessionFile);
  // Before Codex is asked, which can take its time: whoever binds the chat again meanwhile keeps that bind.
  await clearCodexAppServerBinding(sessionFile);
  const { threadId, server } = state.kind === "bound" ? state.binding : {};
  await steps.onFreed(threadId);
  const { stopped } = await stopCodexConversationTurn({
    sessionFile,
    pluginConfig,
    sparesOthers: true,
  });
  const messages = runningConversationMessages();
  await messages?.goals.forget(sessionFile);
  // What waits is told that the chat was detached.
  await messages?.held.go(sessionFile);
  // A turn that is being stopped is listened to until it ends; its thread is left when it has been idle.
  if (threadId !== undefined && !stopped) leaveOnAllClients(threadId);
  return { threadId, server, stopped };
}

/** Gives back the thread that is kept for a chat which the host does not have bound. @throws file-system errors */
export async function giveBackThread(
  sessionFile: string,
  { threadId, server }: { threadId?: string; server?: string | undefined },
): Promise<Detached> {
  await clearCodexAppServerBinding(sessionFile);
  if (threadId !== undefined) leaveOnAllClients(threadId);
  return { threadId, server, stopped: false };
}
