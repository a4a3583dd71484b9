/** `/codexchat watch`: word of another thread when it is done; `follow`: whether the chat hears of other windows' turns. */
import { callCodex, METHODS } from "../app-server/methods.js";
import { watchThread, type ThreadWatch } from "../app-server/thread-watch.js";
import type { ReplyAddress } from "../chat/delivery.js";
import { processWide } from "../common/process-wide.js";
import { currentPluginConfig, type CommandContext, type PluginHost } from "../host/plugin-host.js";
import { requireBinding, runtimeOfBinding } from "../thread/bound-codex.js";
import {
  readCodexAppServerBinding,
  updateCodexAppServerBinding,
} from "../thread/thread-binding.js";
import { workspaceRules } from "../thread/workspace-folder.js";
import { watchWords } from "../words/watch-words.js";
import { codexOf } from "./codex.js";
import { tellLater, wayToTellLater } from "./reply-address.js";
import { sessionFileOfChat, withSession, type Subcommand } from "./subcommand.js";

const WITHIN_MS = 24 * 60 * 60_000;
const MOST = 5;

type Watched = { sessionFile: string; threadId: string; title: string; stop: () => void };

const watched = processWide("watched-threads", () => new Set<Watched>());

/** `watch`, `watch THREAD-ID`, `watch off`. */
export const watch: Subcommand = async (host, ctx, args) => {
  const [what, ...rest] = args;
  if (rest.length > 0) return undefined;
  const sessionFile = await sessionFileOfChat(host, ctx);
  const own = [...watched].filter((each) => each.sessionFile === sessionFile);
  if (what === undefined) return watchWords.list(own.map(({ title }) => title));
  if (what.toLowerCase() === "off") {
    for (const each of own) end(each);
    return watchWords.off(own.length);
  }
  return begin(host, ctx, { sessionFile, threadId: what, own });
};

/** `follow`, `follow on`, `follow off`. */
export const follow: Subcommand = async (host, ctx, args) => {
  const [wanted, ...rest] = args.map((arg) => arg.toLowerCase());
  if (rest.length > 0 || (wanted !== undefined && wanted !== "on" && wanted !== "off")) {
    return undefined;
  }
  return withSession(host, ctx, async ({ sessionFile, pluginConfig }) => {
    const binding = await requireBinding(sessionFile);
    const { start } = runtimeOfBinding(pluginConfig, binding);
    if (start.transport !== "websocket") return watchWords.nobodyElse;
    const isOn = wanted === undefined ? binding.follow !== false : wanted === "on";
    if (wanted !== undefined) await updateCodexAppServerBinding(sessionFile, { follow: isOn });
    return isOn ? watchWords.followOn : watchWords.followOff;
  });
};

/** @throws what Codex refuses, CodexConfigError, CodexLocalError */
async function begin(
  host: PluginHost,
  ctx: CommandContext,
  chat: { sessionFile: string; threadId: string; own: readonly Watched[] },
): Promise<string> {
  const { sessionFile, threadId, own } = chat;
  if (own.some((each) => each.threadId === threadId)) return watchWords.already;
  if (own.length >= MOST) return watchWords.tooMany(MOST);
  if ((await readCodexAppServerBinding(sessionFile))?.threadId === threadId) return watchWords.own;
  const way = await wayToTellLater(host, ctx);
  if (!way) return watchWords.cannotTellLater;
  const pluginConfig = currentPluginConfig(host);
  const { client, runtime, timeoutMs } = await codexOf({ sessionFile, pluginConfig });
  // What a folder is that no chat may work in is not even told.
  const { cwd, title } = await callCodex(client, METHODS.readThread, { threadId }, { timeoutMs });
  if (cwd === undefined || (await (await workspaceRules(runtime)).refusal(cwd)) !== undefined) {
    return watchWords.notHere;
  }
  const watching = await watchThread(client, threadId, { timeoutMs, withinMs: WITHIN_MS });
  if (!watching) return watchWords.atRest(title);
  const entry: Watched = { sessionFile, threadId, title, stop: watching.stop };
  watched.add(entry);
  void tellEnd(entry, watching, way.address);
  return watchWords.watching(title);
}

/** Never rejects. */
async function tellEnd(
  entry: Watched,
  { ended }: ThreadWatch,
  address: ReplyAddress,
): Promise<void> {
  const how = await ended;
  watched.delete(entry);
  const { sessionFile, threadId, title } = entry;
  await tellLater(sessionFile, address, {
    about: "watch",
    text: watchWords.ended(title, threadId, how),
  });
}

function end(entry: Watched): void {
  entry.stop();
  watched.delete(entry);
}
