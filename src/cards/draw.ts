/** What a card shows: reads what its view needs, and makes the card of that. */
import { resolveCodexAppServerRuntimeOptions, serverNames } from "../app-server/config.js";
import { DEFAULT_SERVER, PERMISSION_MODES } from "../app-server/config-schema.js";
import { permissionsOfMode, permits } from "../app-server/permissions.js";
import { chatFacts, type ChatFacts, type SaidByCodex } from "../commands/chat-facts.js";
import { comparableFolder } from "../commands/diff.js";
import { recentExchanges } from "../commands/history.js";
import { filesOf } from "../commands/ls.js";
import { offeredModels } from "../commands/models.js";
import { offeredFolders } from "../commands/offered-folders.js";
import { runningCommands } from "../commands/ps.js";
import { offeredSkills } from "../commands/skills.js";
import { findThreads } from "../commands/threads.js";
import { readCodexConversationActiveTurn } from "../messages/control.js";
import { waitingConversationTurns } from "../messages/queue.js";
import {
  inspectCodexAppServerBinding,
  readCodexAppServerBinding,
  type CodexAppServerBinding,
} from "../thread/thread-binding.js";
import { cardWords } from "../words/card-words.js";
import { diffWords } from "../words/diff-words.js";
import { reasonOf } from "../words/failure-words.js";
import { turnWords } from "../words/turn-words.js";
import { go, HOME, type Card, type Shown, type View } from "./card.js";
import {
  detachCard,
  diffCard,
  goalCard,
  homeCard,
  lostCard,
  moreCard,
  queueCard,
  steerCard,
  unboundCard,
  undoCard,
} from "./home.js";
import {
  commandsCard,
  effortsCard,
  filesCard,
  foldersCard,
  modelsCard,
  permissionsCard,
  serversCard,
  skillsCard,
  threadsCard,
} from "./pickers.js";

/** What a phone pages through. */
const THREADS = 60;

export type CardChat = {
  sessionFile: string;
  pluginConfig: unknown;
  isBound: boolean;
  said: SaidByCodex | undefined;
};

/** Never rejects: what cannot be had is said on the card. */
export async function drawCard(chat: CardChat, view: View): Promise<Card> {
  try {
    return await draw(chat, view);
  } catch (error) {
    const back = view.name === "home" ? cardWords.refresh : cardWords.back;
    return { text: cardWords.failed(reasonOf(error)), rows: [[go(back, HOME)]] };
  }
}

export type ShownNow = Pick<Shown, "threadId" | "turnId"> & { waiting: ReadonlySet<string> };

/** What is the case now, to be held against what a button was shown for. */
export async function shownNow({
  sessionFile,
  isBound,
}: Pick<CardChat, "sessionFile" | "isBound">): Promise<ShownNow> {
  const binding = isBound ? await readCodexAppServerBinding(sessionFile) : undefined;
  return {
    threadId: binding?.threadId,
    turnId: readCodexConversationActiveTurn(sessionFile)?.turnId,
    waiting: new Set(waitingConversationTurns(sessionFile).map(({ id }) => id)),
  };
}

async function draw(chat: CardChat, view: View): Promise<Card> {
  const { sessionFile, isBound } = chat;
  if (!isBound) return drawUnbound(chat, view);
  const state = await inspectCodexAppServerBinding(sessionFile);
  if (state.kind === "bound") return drawBound(chat, state.binding, view);
  if (view.name === "servers") return drawServers(chat, view.for, undefined);
  if (view.name === "threads") return drawThreads(chat, view, undefined);
  return lostCard(
    state.kind === "none"
      ? turnWords.threadMissing
      : turnWords.sentence(turnWords.bindingUnreadable(state.reason)),
  );
}

async function drawUnbound(chat: CardChat, view: View): Promise<Card> {
  if (view.name === "servers") return drawServers(chat, view.for, undefined);
  if (view.name === "threads") {
    const { server } = view;
    if (server === undefined && hasOthers(chat)) return drawServers(chat, "threads", undefined);
    return drawThreads(chat, view, undefined);
  }
  if (view.name === "folders") {
    const { page, server } = view;
    if (server === undefined && hasOthers(chat)) return drawServers(chat, "folders", undefined);
    const place = { shown: { threadId: undefined }, page, same: undefined };
    const folders = await offeredFolders({ ...chat, server });
    return foldersCard(folders, place, { server, hasOthers: hasOthers(chat) });
  }
  const { defaultWorkspaceDir, workspaceRoots } = resolveCodexAppServerRuntimeOptions(chat);
  return unboundCard(defaultWorkspaceDir ?? workspaceRoots[0]);
}

/** Whether there is a choice of servers. */
function hasOthers({ pluginConfig }: CardChat): boolean {
  return serverNames(pluginConfig).length > 1;
}

function drawServers(
  { pluginConfig }: CardChat,
  leadsTo: "threads" | "folders",
  binding: CodexAppServerBinding | undefined,
): Card {
  const ofChat = binding && (binding.server ?? DEFAULT_SERVER);
  return serversCard(serverNames(pluginConfig), { leadsTo, ofChat });
}

async function drawThreads(
  chat: CardChat,
  { page, server }: { page: number; server?: string | undefined },
  binding: CodexAppServerBinding | undefined,
): Promise<Card> {
  const threads = await findThreads({ ...chat, server }, "", THREADS);
  const shown = { threadId: binding?.threadId };
  const at = { server, hasOthers: hasOthers(chat) };
  return threadsCard(threads, { page, shown, now: Date.now() }, at);
}

async function drawBound(
  chat: CardChat,
  binding: CodexAppServerBinding,
  view: View,
): Promise<Card> {
  const shown = { threadId: binding.threadId };
  const place = { pluginConfig: chat.pluginConfig, server: binding.server };
  const facts = (): Promise<ChatFacts> => chatFacts(chat, binding, chat.said);
  switch (view.name) {
    case "home":
      return homeCard(await facts());
    case "more":
      return moreCard(await facts());
    case "goal":
      return goalCard(await facts());
    case "detach":
      return detachCard(await facts());
    case "skills":
      return skillsCard(await offeredSkills(chat), { page: view.page, shown });
    case "commands":
      return commandsCard(await runningCommands(chat), {
        page: view.page,
        shown,
        now: Date.now(),
      });
    case "diff": {
      const folder = await comparableFolder(place, binding.cwd);
      const changes = await folder?.summary();
      const text = changes && diffWords.workspace(changes);
      return diffCard(text, (changes?.files.length ?? 0) > 0, shown);
    }
    case "undo": {
      const [last] = await recentExchanges(chat);
      return undoCard(last, shown);
    }
    case "steer":
      return steerCard(await facts());
    case "queue":
      return queueCard(await facts(), waitingConversationTurns(chat.sessionFile), view.page);
    case "servers":
      return drawServers(chat, view.for, binding);
    case "threads":
      return drawThreads(chat, view, binding);
    case "folders": {
      const { page, server } = view;
      const isOwn = server === undefined || server === (binding.server ?? DEFAULT_SERVER);
      const folders = await offeredFolders({ ...chat, server: server ?? binding.server });
      const same = isOwn && binding.cwd !== "" ? binding.cwd : undefined;
      const others = folders.filter(({ path }) => path !== same);
      const at = { server: isOwn ? undefined : server, hasOthers: hasOthers(chat) };
      return foldersCard(others, { page, shown, same }, at);
    }
    case "models": {
      const { page } = view;
      const models = await offeredModels(chat, binding);
      return modelsCard(models, { page, shown, current: binding.model });
    }
    case "files": {
      const { path, page } = view;
      const listed = await filesOf(place, binding.cwd, path);
      return filesCard(listed, { path, page, shown });
    }
    case "efforts": {
      const models = await offeredModels(chat, binding);
      const model = models.find(({ name }) => name === view.model);
      return effortsCard(model, { shown, current: binding.effort });
    }
    case "permissions": {
      const runtime = resolveCodexAppServerRuntimeOptions(place);
      const allowed = PERMISSION_MODES.filter((mode) => permits(runtime, permissionsOfMode(mode)));
      return permissionsCard(allowed, { shown, current: (await facts()).mode });
    }
  }
}
