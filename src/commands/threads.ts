/** `/codexchat threads [FILTER] [--on SERVER]`: the threads that this chat could take up, with a button for each. */
import { listCodexThreads, type CodexThreadSummary } from "../app-server/thread-list.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { hasButtons } from "../chat/buttons.js";
import { currentHostConfig, currentPluginConfig } from "../host/plugin-host.js";
import { threadWords } from "../words/thread-words.js";
import { workspaceRules, type WorkspaceRules } from "../thread/workspace-folder.js";
import { threadsTakenElsewhere } from "./bound-threads.js";
import { serverInArguments } from "./server-choice.js";
import { codexOf } from "./codex.js";
import { addressOf } from "./reply-address.js";
import { sessionFileOfChat, sessionOf, type Reply, type Subcommand } from "./subcommand.js";
import { threadButtonValue } from "./thread-buttons.js";

/** What a phone shows at once. */
const LISTED = 8;

export type ListedThread = CodexThreadSummary & { place: "here" | "elsewhere" | "free" };

export const threads: Subcommand = async (host, ctx, args, text) => {
  const pluginConfig = currentPluginConfig(host);
  const named = serverInArguments(pluginConfig, args);
  if (typeof named !== "object") return named;
  const { server, rest } = named;
  const filter = (server === undefined ? text : rest.join(" ")).trim();
  if (filter.length > 200) return undefined;
  const sessionFile = await sessionFileOfChat(host, ctx);
  const chat = { sessionFile, pluginConfig, server };
  // One more than is listed tells whether there are more.
  const allowed = await findThreads(chat, filter, LISTED + 1);
  if (allowed.length === 0) return threadWords.none(filter);
  const listed = allowed.slice(0, LISTED);
  const address = addressOf(ctx);
  const withButtons =
    address &&
    // What a button holds names no server.
    server === undefined &&
    hasButtons(currentHostConfig(host), address) &&
    (await sessionOf(host, ctx));
  const reply = threadWords.list(listed, {
    filter,
    withIds: !withButtons,
    now: Date.now(),
    more: allowed.length > LISTED,
    server,
  });
  return withButtons ? withResumeButtons(reply, listed) : reply;
};

/** The newest threads that the chat may know of. @throws what Codex refuses, CodexLocalError, CodexConfigError */
export async function findThreads(
  chat: { sessionFile: string; pluginConfig: unknown; server?: string | undefined },
  filter: string,
  count: number,
): Promise<ListedThread[]> {
  const { client, runtime, timeoutMs } = await codexOf(chat);
  const all = await listCodexThreads(client, filter, timeoutMs);
  const allowed = await firstAllowed(all, await workspaceRules(runtime), count);
  const own = (await readCodexAppServerBinding(chat.sessionFile))?.threadId;
  const elsewhere = await threadsTakenElsewhere(chat.sessionFile);
  return allowed.map((thread): ListedThread => {
    if (thread.id === own) return { ...thread, place: "here" };
    return { ...thread, place: elsewhere.has(thread.id) ? "elsewhere" : "free" };
  });
}

/** A thread of a folder that the operator keeps from chats is not even named to them. */
async function firstAllowed(
  all: readonly CodexThreadSummary[],
  rules: WorkspaceRules,
  count: number,
): Promise<CodexThreadSummary[]> {
  const refusals = await Promise.all(all.map(({ cwd }) => rules.refusal(cwd)));
  return all.filter((_, index) => refusals[index] === undefined).slice(0, count);
}

function withResumeButtons(text: string, listed: readonly ListedThread[]): Reply {
  const blocks = listed.flatMap((thread, index) => {
    const value = thread.place === "free" ? threadButtonValue(thread.id) : undefined;
    if (value === undefined) return [];
    const label = threadWords.resumeLabel(thread, index + 1);
    const button = { label, action: { type: "callback" as const, value } };
    // A block each, so that each has a row of its own.
    return [{ type: "buttons" as const, buttons: [button] }];
  });
  return blocks.length === 0 ? { text } : { text, presentation: { blocks } };
}
