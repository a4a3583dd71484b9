/**
 * An admin of a Telegram group who writes as the group itself. OpenClaw cannot tell who that is, so nobody like that may
 * command, and without a word it looks as if Codex were broken.
 */
import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";
import { monotonicMs } from "./common/clock.js";
import { processWide } from "./common/process-wide.js";

/** The account that Telegram shows in place of such an admin's. */
const GROUP_ANONYMOUS_BOT = "1087968824";

const TELL_AGAIN_AFTER_MS = 3_600_000;

/** When each chat was told last, by session file, on the monotonic clock. */
const told = processWide("anonymous-admins-told", () => new Map<string, number>());

/** Whether such an admin's message is to be answered with the reason why it is ignored: not more than once an hour. */
export function tellsAnonymousAdmin(
  event: Pick<PluginHookInboundClaimEvent, "channel" | "isGroup" | "senderId">,
  sessionFile: string,
): boolean {
  const { channel, isGroup, senderId } = event;
  if (channel !== "telegram" || !isGroup || senderId !== GROUP_ANONYMOUS_BOT) return false;
  const last = told.get(sessionFile);
  if (last !== undefined && monotonicMs() - last < TELL_AGAIN_AFTER_MS) return false;
  told.set(sessionFile, monotonicMs());
  return true;
}
