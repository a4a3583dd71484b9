/** The buttons below a list of threads: what they carry, and what a click on one does. */
import { takeClicks } from "../chat/clicks.js";
import { turnWords } from "../words/turn-words.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { threadWords } from "../words/thread-words.js";
import { resume } from "./bind.js";
import { commandOfClick } from "./click-command.js";
import { sessionOf } from "./subcommand.js";

const NAMESPACE = "codexthreads";

/** Telegram takes 64 bytes with a click, of which the host needs some: 36 of them are a thread's id. */
const THREAD_ID = /^[\w-]{1,36}$/;

/** What a button sends that takes up a thread; undefined where the id cannot travel in one. */
export function threadButtonValue(threadId: string): string | undefined {
  return THREAD_ID.test(threadId) ? `${NAMESPACE}:${threadId}` : undefined;
}

/** Takes the clicks. */
export function registerThreadButtons(api: PluginHost & Parameters<typeof takeClicks>[0]): void {
  takeClicks(api, NAMESPACE, async (click) => {
    const ctx = commandOfClick(click);
    if (ctx) await click.say(await answerClick(api, ctx, click.payload));
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
    return turnWords.commandFailed("resume", error);
  }
}
