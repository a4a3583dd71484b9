/** What can be done from the chat about what it is told, in a text with its buttons: a plan, a denial of the reviewer's. */
import type { ChatButton } from "../chat/buttons.js";
import type { ReplyAddress } from "../chat/delivery.js";
import { resolvePluginConfig } from "../host/plugin-config.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { planWords } from "../words/answer-words.js";
import { noticeWords } from "../words/notice-words.js";
import { denialButtons } from "./denial-offers.js";
import type { MessagesHost } from "./messages-host.js";
import type { ToldNotice } from "./notices.js";
import { planButtons } from "./plan-offers.js";

/** Where there are no buttons the text says what can be typed. */
export type Offer = { text: string; buttons?: ChatButton[] };

/** `below`: a message of its own after the plan. */
export type PlanOffer = { plan: Offer; below?: Offer };

/** Not every channel takes buttons below a text as long as it takes without. */
const WITH_BUTTONS = 1500;

type Host = Pick<MessagesHost, "hasButtons" | "pluginConfig">;

export async function planOffer(
  host: Host,
  sessionFile: string,
  address: ReplyAddress,
  plan: string,
): Promise<PlanOffer> {
  const binding = await readCodexAppServerBinding(sessionFile);
  if (!binding || !host.hasButtons(address)) {
    return { plan: { text: `${plan}\n\n${planWords.afterPlan}` } };
  }
  const { threadId } = binding;
  const buttons = planButtons({ sessionFile, threadId, address });
  return plan.length > WITH_BUTTONS
    ? { plan: { text: plan }, below: { text: planWords.offer, buttons } }
    : { plan: { text: plan, buttons } };
}

export function denialOffer(
  host: Host,
  sessionFile: string,
  address: ReplyAddress,
  { text, denied }: ToldNotice,
): Offer {
  const action = denied && noticeWords.allowable(denied.denial);
  if (!denied || action === undefined || !asksInChats(host)) return { text };
  const { threadId, event } = denied;
  const buttons = denialButtons({ sessionFile, threadId, address, action, event });
  const whole = noticeWords.withWhole(text, action);
  return host.hasButtons(address)
    ? { text: whole, buttons }
    : { text: `${whole}\n${noticeWords.allowByTyping}` };
}

/** With settings that cannot be used nobody is asked. */
function asksInChats(host: Host): boolean {
  try {
    return resolvePluginConfig(host.pluginConfig()).approvals !== "decline";
  } catch {
    return false;
  }
}
