/** A click on a button that sends a file: the same as `/codexchat send`, in the chat and for the thread that it was shown for. */
import { isSameChat, takeClicks, type ChatClick } from "../chat/clicks.js";
import type { PluginHost } from "../host/plugin-host.js";
import { FILES_NAMESPACE, offeredFile } from "../messages/file-offers.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { fileWords } from "../words/file-words.js";
import { commandOfClick } from "./click-command.js";
import { runSubcommand } from "./subcommands.js";

/** Takes the clicks. */
export function registerFileButtons(api: PluginHost & Parameters<typeof takeClicks>[0]): void {
  takeClicks(api, FILES_NAMESPACE, async (click) => {
    const said = await answerClick(api, click);
    if (said !== undefined) await click.say(said);
  });
}

async function answerClick(host: PluginHost, click: ChatClick): Promise<string | undefined> {
  const ctx = commandOfClick(click);
  const offer = offeredFile(click.payload);
  if (!ctx) return undefined;
  if (!offer || !isSameChat(click.chat, offer.address)) return fileWords.staleButton;
  const { sessionFile, threadId, address, file } = offer;
  if ((await readCodexAppServerBinding(sessionFile))?.threadId !== threadId) {
    return fileWords.staleButton;
  }
  const here = { ...ctx, to: address.to, messageThreadId: address.threadId };
  const { text } = await runSubcommand(host, here, "send", { args: [file], text: file });
  return text;
}
