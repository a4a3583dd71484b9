/** What a button of a card does, be it pressed or named by its number. */
import { runSubcommand } from "../commands/subcommands.js";
import type { Reply } from "../commands/subcommand.js";
import { monotonicMs } from "../common/clock.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { cardWords } from "../words/card-words.js";
import { HOME, type Action, type Shown } from "./card.js";
import { shownNow, type CardChat, type ShownNow } from "./draw.js";
import type { LiveCard } from "./registry.js";
import { armNextMessage, disarmNextMessage } from "./next-message.js";

/** A longer answer is a message of its own. */
const ON_THE_CARD = 400;

/**
 * Does it, and leaves the card at the view that follows. What it returns belongs into the chat beside the card. Never
 * rejects.
 */
export async function press(
  host: PluginHost,
  ctx: CommandContext,
  { card, chat, action }: { card: LiveCard; chat: CardChat; action: Action },
): Promise<Reply | undefined> {
  card.result = undefined;
  disarmNextMessage(card.sessionFile, ctx.senderId ?? "");
  if (action.kind === "go") {
    card.view = action.view;
    return undefined;
  }
  const stale = staleness(action.shown, await shownNow(chat));
  if (stale !== undefined) {
    card.view = HOME;
    note(card, stale);
    return undefined;
  }
  if (action.kind === "next message") {
    card.view = HOME;
    const { as, shown } = action;
    armNextMessage(card.sessionFile, ctx.senderId ?? "", { as, turnId: shown.turnId ?? "" });
    note(card, as === "steer" ? cardWords.steerArmed : cardWords.sideArmed);
    return undefined;
  }
  const { command, args, next, answer } = action;
  const reply = await runSubcommand(host, ctx, command, { args, text: args.join(" ") });
  card.view = next;
  const { text = "", ...more } = reply;
  const isShort = text.length <= ON_THE_CARD && Object.keys(more).length === 0;
  if (answer === "chat" || !isShort) return reply;
  note(card, text);
  return undefined;
}

function note(card: LiveCard, text: string): void {
  card.result = { text, at: monotonicMs() };
}

/** Why a button does not fit any more. */
export function staleness(shown: Shown, now: ShownNow): string | undefined {
  if (shown.threadId !== now.threadId) return cardWords.staleThread;
  if (shown.turnId !== undefined && shown.turnId !== now.turnId) return cardWords.staleTurn;
  if (shown.waiting !== undefined && !now.waiting.has(shown.waiting)) return cardWords.staleWaiting;
  return undefined;
}
