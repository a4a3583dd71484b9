/** A click on a button below a plan: the same as `/codexchat plan`, in the chat and on the thread that it was shown for. */
import { clearButtonsOnly, isSameChat, takeClicks, type ChatClick } from "../chat/clicks.js";
import type { PluginHost } from "../host/plugin-host.js";
import { offeredPlan, PLAN_NAMESPACE } from "../messages/plan-offers.js";
import { isPlanning } from "../thread/plan-mode.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { planWords } from "../words/answer-words.js";
import { commandOfClick } from "./click-command.js";
import { runSubcommand } from "./subcommands.js";

/** Takes the clicks. */
export function registerPlanButtons(api: PluginHost & Parameters<typeof takeClicks>[0]): void {
  takeClicks(api, PLAN_NAMESPACE, async (click) => {
    const said = await answerClick(api, click);
    if (said !== undefined) await click.say(said);
  });
}

async function answerClick(host: PluginHost, click: ChatClick): Promise<string | undefined> {
  const ctx = commandOfClick(click);
  if (!ctx) return undefined;
  const [id = "", verb = ""] = click.payload.split(":");
  const offer = offeredPlan(id);
  if (!offer || !isSameChat(click.chat, offer.address)) return planWords.stale;
  const { sessionFile, threadId, address } = offer;
  const binding = await readCodexAppServerBinding(sessionFile);
  if (binding?.threadId !== threadId || !isPlanning(binding)) return planWords.stale;
  if (verb === "change") return planWords.sayChange;
  if (verb !== "implement" && verb !== "off") return planWords.stale;
  const here = { ...ctx, to: address.to, messageThreadId: address.threadId };
  const { text } = await runSubcommand(host, here, "plan", { args: [verb], text: verb });
  await clearButtonsOnly(click);
  return text;
}
