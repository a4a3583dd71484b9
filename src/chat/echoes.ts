/**
 * Messages of ours that a channel brings back as a person's. One that sends over a connection of its own (OpenClaw's IRC
 * channel does) does not know its own lines, and Codex would answer itself without end.
 */
import { monotonicMs } from "../common/clock.js";
import { processWide } from "../common/process-wide.js";
import { abilitiesOf } from "./abilities.js";
import type { PluginHost } from "../host/plugin-host.js";
import type { ReplyAddress } from "./delivery.js";

/** A line comes back within seconds; the rest is room for a slow network. */
const COMES_BACK_WITHIN_MS = 60_000;
const REMEMBERED = 50;
/** A piece that a channel has cut off is not something that a person would type by chance. */
const PIECE = 40;

type Sent = { chat: string; text: string; at: number };

const recent = processWide("sent-recently", () => ({ sent: new Array<Sent>() }));

/** Notes that a chat was sent something. */
export function noteSent(address: ReplyAddress, text: string, now = monotonicMs()): void {
  recent.sent.push({ chat: keyOf(address), text: plain(text), at: now });
  recent.sent = open(now).slice(-REMEMBERED);
}

/** Whether a message is one that this plugin has just sent, on a channel that does not know its own. */
export async function isEcho(
  host: Pick<PluginHost, "runtime">,
  address: ReplyAddress,
  text: string,
  now = monotonicMs(),
): Promise<boolean> {
  const heard = plain(text);
  const chat = keyOf(address);
  const isOurs = open(now).some(
    (sent) =>
      sent.chat === chat &&
      (sent.text === heard || (heard.length >= PIECE && sent.text.includes(heard))),
  );
  return isOurs && !(await abilitiesOf(host, address.channel)).knowsItself;
}

function open(now: number): Sent[] {
  return recent.sent.filter(({ at }) => now - at < COMES_BACK_WITHIN_MS);
}

function keyOf({ channel, accountId, to }: ReplyAddress): string {
  return JSON.stringify([channel, accountId ?? "default", to]);
}

/** Channels fold lines and spaces. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
