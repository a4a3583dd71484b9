/** All chats that are bound, with what runs there: the one place that whatever shows them to the operator asks. */
import { stat } from "node:fs/promises";
import path from "node:path";
import { usableRuntimeOptions, type CodexAppServerRuntimeOptions } from "../app-server/config.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import { limitPermissions, modeOfPermissions } from "../app-server/permissions.js";
import { listCodexThreads } from "../app-server/thread-list.js";
import { monotonicMs } from "../common/clock.js";
import { thisProcess } from "../common/this-process.js";
import { chatFacts, type ChatFacts } from "../commands/chat-facts.js";
import { lastBindOf } from "../host/audit-log.js";
import {
  listBoundConversations,
  readBoundConversation,
  type BoundConversation,
} from "../host/bound-conversation.js";
import { isGone } from "../host/gone-chats.js";
import { currentPluginConfig, type PluginHost } from "../host/plugin-host.js";
import { conversationsFolder } from "../host/state.js";
import { clientOfSession } from "../thread/bound-codex.js";
import {
  inspectCodexAppServerBinding,
  listCodexAppServerBindings,
  type CodexAppServerBinding,
  type CodexAppServerBindingState,
} from "../thread/thread-binding.js";
import type { BoundChat, ChatDetails, NotOneChat } from "./facts.js";

/** `live`: this process is the gateway, and knows what runs. Otherwise only what is stored is told. */
export type Look = { host: PluginHost; live: boolean };

/** A list that comes late is of no use: after so long it comes without the titles that Codex has not told. */
const TITLES_WITHIN_MS = 1800;

/** One chat that there is a record of on disk. */
export type StoredChat = {
  sessionFile: string;
  noted: BoundConversation | undefined;
  state: CodexAppServerBindingState;
};

/** What is on disk of the chats that are bound, or hold a thread. @throws file-system errors */
export async function storedChats(
  { host, live }: Look,
  sessions?: readonly string[],
): Promise<StoredChat[]> {
  const folder = conversationsFolder(host.runtime.state.resolveStateDir());
  const names = new Set([
    ...(await listBoundConversations(folder)),
    ...(await listCodexAppServerBindings(folder)),
  ]);
  const chats: StoredChat[] = [];
  for (const sessionFile of [...names].toSorted()) {
    if (sessions && !sessions.includes(path.basename(sessionFile))) continue;
    // oxlint-disable-next-line no-await-in-loop -- Hundreds at once would take many of the process's files.
    const chat = await storedChat(sessionFile, live);
    if (chat) chats.push(chat);
  }
  return chats;
}

async function storedChat(sessionFile: string, live: boolean): Promise<StoredChat | undefined> {
  const noted = await readBoundConversation(sessionFile);
  const state = await inspectCodexAppServerBinding(sessionFile);
  if (!noted && (state.kind === "none" || isForgotten(state, live) || (await isGone(sessionFile))))
    return undefined;
  return { sessionFile, noted, state };
}

/** A bind that OpenClaw had asked about when its process ended: nobody can allow it any more, and others may have its thread. */
function isForgotten(state: CodexAppServerBindingState, live: boolean): boolean {
  const askedIn = state.kind === "bound" ? state.binding.askedIn : undefined;
  return askedIn !== undefined && !(live && askedIn === thisProcess.id);
}

/** Of all, these; and without what Codex would have to be asked for. */
export type Wanted = { sessions?: readonly string[] | undefined; withTitles?: boolean };

/** @throws file-system errors */
export async function boundChats(
  look: Look,
  { sessions, withTitles = true }: Wanted = {},
): Promise<BoundChat[]> {
  const stored = await storedChats(look, sessions);
  const chats = await Promise.all(
    stored.map(async (chat) => describe(look, chat, await liveFacts(look, chat))),
  );
  if (!withTitles) return chats;
  const titles = await titlesOf(look, stored);
  return chats.map((chat) => ({ ...chat, title: titles.get(chat.thread ?? "") }));
}

/**
 * The chat that a person means: by its session or the beginning of that, its thread, or its name on its channel.
 * @throws file-system errors
 */
export async function chatNamed(
  look: Look,
  name: string,
): Promise<{ found: "one"; chat: StoredChat } | NotOneChat> {
  const stored = await storedChats(look);
  const exact = stored.filter((chat) => namesOf(chat).includes(name));
  const meant =
    exact.length > 0
      ? exact
      : stored.filter(({ sessionFile }) => path.basename(sessionFile).startsWith(name));
  const [chat] = meant;
  if (!chat || name === "") return { found: "none" };
  if (meant.length === 1) return { found: "one", chat };
  return { found: "several", sessions: meant.map(({ sessionFile }) => path.basename(sessionFile)) };
}

/** @throws file-system errors */
export async function chatDetails(look: Look, stored: StoredChat): Promise<ChatDetails> {
  const facts = await liveFacts(look, stored);
  const chat = await describe(look, stored, facts);
  const titles = await titlesOf(look, [stored]);
  const { state } = stored;
  const binding = state.kind === "bound" ? state.binding : undefined;
  const runtime = settingsOf(look.host, binding?.server);
  const bind = await lastBindOf(look.host.runtime.state.resolveStateDir(), chat.session);
  return {
    ...chat,
    title: titles.get(chat.thread ?? ""),
    boundAt: binding?.createdAt || undefined,
    boundBy: bind?.senderId,
    model: binding?.model,
    effort: binding?.effort,
    permissions:
      binding && runtime ? modeOfPermissions(limitPermissions(binding, runtime)) : undefined,
    plan: facts?.plan ?? binding?.plan,
    agents: facts?.agents,
    problem: state.kind === "unreadable" ? state.reason : undefined,
  };
}

function namesOf({ sessionFile, noted, state }: StoredChat): (string | undefined)[] {
  return [
    path.basename(sessionFile),
    state.kind === "bound" ? state.binding.threadId : undefined,
    noted?.conversation.conversationId,
  ];
}

async function describe(
  look: Look,
  { sessionFile, noted, state }: StoredChat,
  facts: ChatFacts | undefined,
): Promise<BoundChat> {
  const session = path.basename(sessionFile);
  const binding = state.kind === "bound" ? state.binding : undefined;
  const runtime = settingsOf(look.host, binding?.server);
  return {
    session,
    // A session's name begins with its channel's.
    channel: noted?.conversation.channel ?? session.replace(/-[^-]*$/, ""),
    account: noted?.conversation.accountId,
    chat: noted?.conversation.conversationId,
    thread: binding?.threadId,
    folder: binding?.cwd || undefined,
    server: binding?.server ?? (runtime && serverOf(runtime)),
    lastActivityAt: await lastActivity(sessionFile, binding),
    ...stateOf(noted, binding, facts),
  };
}

function stateOf(
  noted: BoundConversation | undefined,
  binding: CodexAppServerBinding | undefined,
  facts: ChatFacts | undefined,
): Pick<BoundChat, "state" | "runningMs" | "waiting" | "questions" | "goal"> {
  if (!binding) return { state: "lost" };
  if (!noted) return { state: binding.askedIn === undefined ? "stranded" : "asked" };
  if (!facts) return { state: "unknown" };
  const { goal, openQuestions, runningMs, waiting } = facts;
  return {
    state: stateNow(facts),
    runningMs,
    waiting,
    questions: openQuestions,
    goal: goal && { status: goal.status, turns: goal.turns },
  };
}

/** What a person should know first. */
function stateNow(facts: ChatFacts): BoundChat["state"] {
  if (facts.openQuestions.length > 0) return "asks";
  if (facts.goal?.status === "active") return "goal";
  if (facts.isAtWork) return "running";
  if (facts.isHeld) return "held";
  return facts.waiting > 0 ? "waiting" : "idle";
}

/** Undefined where there is no thread, this process does not know, or the settings cannot be used. */
async function liveFacts(
  { host, live }: Look,
  { sessionFile, state }: StoredChat,
): Promise<ChatFacts | undefined> {
  if (!live || state.kind !== "bound" || !settingsOf(host, state.binding.server)) {
    return undefined;
  }
  const pluginConfig = currentPluginConfig(host);
  return chatFacts({ sessionFile, pluginConfig }, state.binding, undefined);
}

/** What is wrong with settings that cannot be used, the doctor says. */
function settingsOf(
  host: PluginHost,
  server: string | undefined,
): CodexAppServerRuntimeOptions | undefined {
  return usableRuntimeOptions(currentPluginConfig(host), server);
}

/** An address can hold a password: only the host is told. */
function serverOf({ start }: CodexAppServerRuntimeOptions): string {
  if (start.transport === "stdio" || start.url === undefined) return "local";
  return URL.canParse(start.url) ? new URL(start.url).host : "remote";
}

/** Each message that comes or is sent changes the folder that keeps it. */
async function lastActivity(
  sessionFile: string,
  binding: CodexAppServerBinding | undefined,
): Promise<number | undefined> {
  const kept = [".inbox", ".outbox"].map((suffix) => stat(sessionFile + suffix));
  const changed = await Promise.all(kept.map((facts) => facts.catch(() => undefined)));
  const times = [
    ...changed.map((facts) => facts?.mtimeMs ?? Number.NaN),
    Date.parse(binding?.updatedAt ?? ""),
  ].filter((time) => !Number.isNaN(time));
  return times.length === 0 ? undefined : Math.round(Math.max(...times));
}

/** The threads' titles, as far as their Codex tells them in time. Never rejects. */
async function titlesOf(look: Look, chats: readonly StoredChat[]): Promise<Map<string, string>> {
  const bindings = chats.flatMap(({ state }) => (state.kind === "bound" ? [state.binding] : []));
  const wanted = Map.groupBy(bindings, ({ server }) => server);
  const titles = new Map<string, string>();
  if (!look.live) return titles;
  await Promise.all(
    [...wanted].map(([server, of]) => {
      const threads = new Set(of.map(({ threadId }) => threadId));
      return noteTitles(settingsOf(look.host, server), threads, titles);
    }),
  );
  return titles;
}

/** Those of one server's threads. Never rejects. */
async function noteTitles(
  runtime: CodexAppServerRuntimeOptions | undefined,
  wanted: Set<string>,
  titles: Map<string, string>,
): Promise<void> {
  if (!runtime) return;
  const note = (thread: string, title: string): void => {
    if (title !== "") titles.set(thread, title);
  };
  const answersBy = monotonicMs() + TITLES_WITHIN_MS;
  const left = (): number => Math.max(1, answersBy - monotonicMs());
  try {
    const client = await clientOfSession(runtime, undefined, left());
    // One request tells those of most chats.
    for (const { id, title } of await listCodexThreads(client, "", left())) {
      if (wanted.delete(id)) note(id, title);
    }
    const timeoutMs = left();
    const read = [...wanted].map(async (threadId) => {
      const { title } = await callCodex(client, METHODS.readThread, { threadId }, { timeoutMs });
      note(threadId, title);
    });
    // A thread on which nothing was said yet cannot be read.
    await Promise.allSettled(read);
  } catch {}
}
