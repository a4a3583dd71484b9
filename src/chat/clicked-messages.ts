/**
 * Messages whose buttons were clicked. On Discord a message with buttons can be changed by the answer to such a click only,
 * and only for a while: its edits take no text any more.
 */
import { monotonicMs } from "../common/clock.js";
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";

/** https://discord.com/developers/docs/interactions/receiving-and-responding: an answer counts for 15 minutes */
const CHANGEABLE_MS = 14 * 60_000;
/** A chat with more questions than these has forgotten the first. */
const REMEMBERED = 200;

export type ClickedMessage = {
  channel: string;
  accountId: string | undefined;
  messageId: string;
};

/** Puts a text in the place of the message, without buttons. */
type Change = (text: string) => Promise<void>;

type Click = { change: Change; at: number };

const clicked = processWide("clicked-messages", () => new Map<string, Click>());

export function noteClicked(message: ClickedMessage, change: Change, at = monotonicMs()): void {
  const key = keyOf(message);
  clicked.delete(key);
  clicked.set(key, { change, at });
  keepNewest(clicked, REMEMBERED);
}

/** `false` where nobody has clicked it lately, or the channel refuses. Never rejects. */
export async function changeByClick(
  message: ClickedMessage,
  text: string,
  now = monotonicMs(),
): Promise<boolean> {
  const key = keyOf(message);
  const click = clicked.get(key);
  if (!click || now - click.at > CHANGEABLE_MS) {
    clicked.delete(key);
    return false;
  }
  try {
    await click.change(text);
    return true;
  } catch {
    // The message is replaced then, which says more than the reason.
    clicked.delete(key);
    return false;
  }
}

function keyOf({ channel, accountId, messageId }: ClickedMessage): string {
  return JSON.stringify([channel, accountId ?? "default", messageId]);
}
