/** `/codexchat …`: what a person can say to the plugin itself. */
import {
  chooseFolder,
  pickNumber,
  showCard,
  showDiff,
  showFiles,
  withOtherFolders,
  type CommandReply,
} from "./cards/cards.js";
import { splitArguments } from "./commands/arguments.js";
import { nearestCommand } from "./commands/nearest-command.js";
import { runSubcommand, subcommandOf } from "./commands/subcommands.js";
import { cardWords } from "./words/card-words.js";
import { turnWords } from "./words/turn-words.js";
import type { CommandContext, PluginHost } from "./host/plugin-host.js";
import { noSuchCommand, type SubcommandName } from "./words/command-list.js";

/**
 * Answers one `/codexchat` command; never rejects. Alone it shows the chat's card; with a number it chooses from the list
 * that is open. Nothing happens for a sender whom the host does not trust.
 */
export async function handleCodexChatCommand(
  host: PluginHost,
  ctx: CommandContext,
): Promise<CommandReply> {
  if (!ctx.isAuthorizedSender) return { text: turnWords.notAuthorized };
  // Our own texts hold word joiners (see chat-text), and people copy from them.
  const typed = (ctx.args ?? "").replaceAll("\u2060", "").trim();
  const name = typed.split(/\s+/, 1)[0]?.toLowerCase() ?? "";
  try {
    if (name === "") return await showCard(host, ctx);
    if (/^\d{1,2}$/.test(typed)) {
      const picked = await pickNumber(host, ctx, Number(typed));
      return picked ?? { text: cardWords.noSuchNumber(0) };
    }
  } catch (error) {
    return { text: turnWords.commandFailed(name, error) };
  }
  const text = typed.slice(name.length).trim();
  const subcommand = subcommandOf(name);
  if (!subcommand) return { text: noSuchCommand(name, nearestCommand(name)) };
  const args = splitArguments(text);
  try {
    const card = await cardInstead(host, ctx, { typed, subcommand, args, text });
    if (card) return card;
    const reply = await runSubcommand(host, ctx, subcommand, { args, text });
    return typed === "new" ? await withOtherFolders(host, ctx, reply) : reply;
  } catch (error) {
    return { text: turnWords.commandFailed(name, error) };
  }
}

/** Commands that a card answers better, in a chat that has buttons. */
async function cardInstead(
  host: PluginHost,
  ctx: CommandContext,
  command: { typed: string; subcommand: SubcommandName; args: string[]; text: string },
): Promise<CommandReply | undefined> {
  const { typed, subcommand, args, text } = command;
  if (typed === "bind") return chooseFolder(host, ctx);
  if (subcommand === "diff" && args.length === 0) return showDiff(host, ctx);
  if (subcommand !== "ls") return undefined;
  return showFiles(host, ctx, args.length === 1 ? args[0] : text);
}
