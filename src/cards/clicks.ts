/** The buttons of the cards. */
import { takeClicks } from "../chat/clicks.js";
import type { PluginHost } from "../host/plugin-host.js";
import { pressCard } from "./cards.js";
import { NAMESPACE } from "./registry.js";

/** Takes the clicks. */
export function registerCardButtons(api: PluginHost & Parameters<typeof takeClicks>[0]): void {
  takeClicks(api, NAMESPACE, (click) => pressCard(api, click));
}
