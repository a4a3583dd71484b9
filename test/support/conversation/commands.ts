import { readdir } from "node:fs/promises";
import { handleCodexChatCommand } from "../../../src/codexchat-command.js";
import { readCodexConversationBindingData } from "../../../src/host/binding-data.js";
import { conversationsFolder } from "../../../src/host/state.js";
import type { CommandContext } from "../../../src/host/plugin-host.js";
import type { Chat } from "./chat.js";
import { conversation } from "./conversation.js";
import { HostChat, ScriptedHost } from "./host.js";

type Reply = Awaited<ReturnType<typeof handleCodexChatCommand>>;

/** A chat in which a person types commands. */
export async function commands() {
  const { codex, chat, folder } = await conversation();
  const host = new ScriptedHost(folder);
  const inHost = new HostChat();
  const reply = (args: string | undefined, more?: Partial<CommandContext>): Promise<Reply> =>
    handleCodexChatCommand(host.api, inHost.command(args, more));
  return {
    codex,
    chat,
    folder,
    host,
    inHost,
    reply,
    say: async (args: string | undefined, more?: Partial<CommandContext>): Promise<string> =>
      (await reply(args, more)).text ?? "",
    /** The session file that the last bind request named. */
    sessionFile: (): string =>
      readCodexConversationBindingData({ data: inHost.requests.at(-1)?.data ?? {} })?.sessionFile ??
      "",
    /** The files that hold the state of conversations. */
    state: (): Promise<string[]> => readdir(conversationsFolder(host.stateDir)).catch(() => []),
  };
}

/** The same with the chat bound to `thread-1` already. */
export async function boundCommands(binding: Parameters<Chat["bind"]>[0] = {}) {
  const all = await commands();
  await all.chat.bind(binding);
  all.inHost.bind(all.chat.data);
  return all;
}
