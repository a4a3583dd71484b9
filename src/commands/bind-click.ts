/** A click on the button that binds its chat. */
import { takeClicks } from "../chat/clicks.js";
import { sendReply } from "../chat/reply.js";
import type { PluginHost } from "../host/plugin-host.js";
import { channelWords } from "../words/channel-words.js";
import { turnWords } from "../words/turn-words.js";
import { bind } from "./bind.js";
import { BIND_BUTTON, readBindButton } from "./bind-button.js";
import { commandOfClick } from "./click-command.js";
import { sessionOf } from "./subcommand.js";
import { addressOf } from "./reply-address.js";

/** Takes the clicks. OpenClaw's question, with its own buttons, comes into the chat. */
export function registerBindButton(api: PluginHost & Parameters<typeof takeClicks>[0]): void {
  takeClicks(api, BIND_BUTTON, async (click) => {
    const ctx = commandOfClick(click);
    const address = ctx && addressOf(ctx);
    const args = readBindButton(click.payload);
    if (!address || !args) return;
    try {
      // Another button was faster: a second bind would take the chat's thread away.
      if (await sessionOf(api, ctx)) {
        await click.say(channelWords.boundAlready);
        await click.clearButtons(channelWords.pressToBind);
        return;
      }
      const answer = await bind(api, ctx, args);
      if (answer === undefined) return;
      const reply = typeof answer === "string" ? { text: answer } : answer;
      await sendReply(api, address, reply);
      await click.clearButtons(channelWords.pressToBind);
    } catch (error) {
      await click.say(turnWords.commandFailed("bind", error));
    }
  });
}
