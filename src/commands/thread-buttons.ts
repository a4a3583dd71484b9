/** The buttons below a list of threads: what they carry, and what a click on one does. */
import * as z from "zod/mini";
import { CLICK_CHANNEL } from "../chat/buttons.js";
import { takeClicks } from "../chat/clicks.js";
import { words } from "../words/words.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { threadWords } from "../words/thread-words.js";
import { resume } from "./bind.js";
import { sessionOf } from "./subcommand.js";

const NAMESPACE = "codexthreads";

/** Telegram takes 64 bytes with a click, of which the host needs some: 36 of them are a thread's id. */
const THREAD_ID = /^[\w-]{1,36}$/;

const callable = <T extends (...args: never[]) => unknown>() =>
  z.custom<T>((value) => typeof value === "function");

/** What a click tells of its chat, as far as a command needs it. */
const chatSchema = z.object({
  accountId: z.optional(z.string()),
  conversationId: z.optional(z.string()),
  threadId: z.optional(z.union([z.string(), z.number()])),
  requestConversationBinding: callable<CommandContext["requestConversationBinding"]>(),
  detachConversationBinding: callable<CommandContext["detachConversationBinding"]>(),
  getCurrentConversationBinding: callable<CommandContext["getCurrentConversationBinding"]>(),
});

/** What a button sends that takes up a thread; undefined where the id cannot travel in one. */
export function threadButtonValue(threadId: string): string | undefined {
  return THREAD_ID.test(threadId) ? `${NAMESPACE}:${threadId}` : undefined;
}

/** Takes the clicks. */
export function registerThreadButtons(api: PluginHost & Parameters<typeof takeClicks>[0]): void {
  takeClicks(api, NAMESPACE, async ({ payload, say, context }) => {
    const click = chatSchema.safeParse(context);
    if (!click.success) return;
    const { threadId: messageThreadId, ...chat } = click.data;
    const ctx = { ...chat, channel: CLICK_CHANNEL, messageThreadId, isAuthorizedSender: true };
    await say(await answerClick(api, ctx, payload));
  });
}

/** The same as the command, in a chat that is bound: what a click tells of another does not name its session. */
async function answerClick(
  host: PluginHost,
  ctx: CommandContext,
  threadId: string,
): Promise<string> {
  if (!THREAD_ID.test(threadId)) return threadWords.staleButton;
  try {
    if (!(await sessionOf(host, ctx))) return threadWords.resumeByCommand(threadId);
    const answer = await resume(host, ctx, [threadId], threadId);
    return (typeof answer === "string" ? answer : answer?.text) ?? threadWords.staleButton;
  } catch (error) {
    return words.commandFailed("resume", error);
  }
}
