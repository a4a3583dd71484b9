/** The cards of the chats: shown at a command, pressed, named by a number, and redrawn as things change. */
import { CHANNELS } from "../chat/abilities.js";
import { hasButtons } from "../chat/buttons.js";
import { isSameChat, type ChatClick } from "../chat/clicks.js";
import { noteOfMessage, presentationOf, sendNoteInRows } from "../chat/note.js";
import { sendReply } from "../chat/reply.js";
import { askCodex } from "../commands/chat-facts.js";
import { commandOfClick } from "../commands/click-command.js";
import { comparableFolder } from "../commands/diff.js";
import { hasToChoose } from "../commands/offered-folders.js";
import { addressOf } from "../commands/reply-address.js";
import { sessionFileOfChat, sessionOf, type Reply } from "../commands/subcommand.js";
import { monotonicMs } from "../common/clock.js";
import { takesSilentCommands } from "../host/host-version.js";
import {
  currentHostConfig,
  currentPluginConfig,
  type CommandContext,
  type PluginHost,
} from "../host/plugin-host.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { cardWords } from "../words/card-words.js";
import { go, HOME, type Card, type View } from "./card.js";
import { drawCard, type CardChat } from "./draw.js";
import { closeList, listOf, openList } from "./lists.js";
import { press } from "./press.js";
import {
  addCard,
  buttonsOf,
  dropCard,
  findCard,
  noteUse,
  withCard,
  type CardPlace,
  type LiveCard,
} from "./registry.js";

/** A command's answer, or word that it has been sent already. */
export type CommandReply = Reply & { suppressReply?: true };

/** What a press came to is of interest for as long as the person still looks. */
const RESULT_SHOWN_MS = 5000;

/** Shows a card in the chat that a command was typed in. */
export async function showCard(
  host: PluginHost,
  ctx: CommandContext,
  view: View = HOME,
): Promise<CommandReply> {
  const { card, chat } = await newCard(host, ctx, view);
  const drawn = await drawCard(chat, view);
  if (!card) return { text: drawn.text };
  noteUse(card);
  if (!hasButtons(currentHostConfig(host), card.address)) {
    return { text: asList(card, drawn, ctx.senderId, chat.isBound) };
  }
  const rows = buttonsOf(card, drawn);
  card.drawn = JSON.stringify(drawn);
  if (takesSilentCommands(host) && ctx.isClick !== true) {
    try {
      card.note = await sendNoteInRows(host, card.address, drawn.text, rows);
      return { suppressReply: true };
    } catch (error) {
      host.logger.warn(`a card could not be sent: ${String(error)}`);
    }
  }
  // Sent by the host, it is a message without a name, until somebody clicks it.
  return { text: drawn.text, presentation: presentationOf(rows) };
}

/** The folders to choose from in the place of the one that a bind would take by itself; undefined if there is no choice. */
export async function chooseFolder(
  host: PluginHost,
  ctx: CommandContext,
): Promise<CommandReply | undefined> {
  const isBound = (await sessionOf(host, ctx)) !== undefined;
  if (isBound || !hasToChoose(currentPluginConfig(host))) return undefined;
  return showCard(host, ctx, { name: "folders", page: 0 });
}

/** What lies in a folder of the thread's, to choose from; undefined where there is no thread. */
export async function showFiles(
  host: PluginHost,
  ctx: CommandContext,
  path = "",
): Promise<CommandReply | undefined> {
  if (!addressOf(ctx) || !(await sessionOf(host, ctx))) return undefined;
  return showCard(host, ctx, { name: "files", path, page: 0 });
}

/** What has changed in the thread's folder; undefined where there are no buttons, or git cannot tell. */
export async function showDiff(
  host: PluginHost,
  ctx: CommandContext,
): Promise<CommandReply | undefined> {
  const address = addressOf(ctx);
  if (!address || !hasButtons(currentHostConfig(host), address)) return undefined;
  const session = await sessionOf(host, ctx);
  const binding = session && (await readCodexAppServerBinding(session.sessionFile));
  if (!binding) return undefined;
  const place = { pluginConfig: session.pluginConfig, server: binding.server };
  if (!(await comparableFolder(place, binding.cwd))) return undefined;
  return showCard(host, ctx, { name: "diff" });
}

/** A new thread's answer, with a button that leads to the other folders. */
export async function withOtherFolders(
  host: PluginHost,
  ctx: CommandContext,
  reply: Reply,
): Promise<Reply> {
  const isText = Object.keys(reply).every((key) => key === "text");
  const address = addressOf(ctx);
  if (!isText || !address || !hasButtons(currentHostConfig(host), address)) return reply;
  if (!(await sessionOf(host, ctx))) return reply;
  // Drawn when it is pressed.
  const { card } = await newCard(host, ctx, HOME, { asksCodex: false });
  if (!card) return reply;
  const button = go(cardWords.otherFolder, { name: "folders", page: 0 });
  const rows = buttonsOf(card, { text: "", rows: [[button]] });
  return { ...reply, presentation: presentationOf(rows) };
}

/** A click on a card's button. A card that nobody remembers is shown afresh. */
export async function pressCard(host: PluginHost, click: ChatClick): Promise<void> {
  const ctx = commandOfClick(click);
  if (!ctx) return;
  const [id = "", number = ""] = click.payload.split(":");
  const known = findCard(id);
  const card = known && isSameChat(click.chat, known.address) ? known : undefined;
  if (!card) return showAfresh(host, ctx, click);
  await withCard(card, async () => {
    noteUse(card);
    const here = { ...ctx, ...card.place };
    const chat = await chatOf(host, here, card);
    card.note ??= noteOfClick(host, card, click);
    const action = card.actions.get(Number(number));
    const reply = action && (await press(host, here, { card, chat, action }));
    if (!action) {
      card.view = HOME;
      card.result = { text: cardWords.staleCard, at: monotonicMs() };
    }
    if (reply) await sendReply(host, card.address, reply);
    const after = await chatOf(host, here, card);
    if (card.view.name === "home") await refreshSaid(after, card);
    await redraw(host, { ...after, said: card.said }, card, click);
  });
}

/** What the number stands for in the list that the sender has open; undefined if none is. */
export async function pickNumber(
  host: PluginHost,
  ctx: CommandContext,
  number: number,
): Promise<Reply | undefined> {
  const sessionFile = await sessionFileOfChat(host, ctx);
  const list = listOf(sessionFile, ctx.senderId);
  const card = list && findCard(list.cardId);
  if (!card) return undefined;
  const action = list.actions[number - 1];
  if (!action) return { text: cardWords.noSuchNumber(list.actions.length) };
  return withCard(card, async () => {
    noteUse(card);
    closeList(sessionFile);
    const chat = await chatOf(host, ctx, card);
    const reply = await press(host, ctx, { card, chat, action });
    if (reply) return reply;
    const after = await chatOf(host, ctx, card);
    if (card.view.name === "home") await refreshSaid(after, card);
    const drawn = withResult(card, await drawCard({ ...after, said: card.said }, card.view));
    return { text: asList(card, drawn, ctx.senderId, after.isBound) };
  });
}

/** Draws a card again if it would read otherwise by now; false where that cannot be done. Never rejects. */
export async function redrawCard(
  host: PluginHost,
  card: LiveCard,
  isBound: boolean,
): Promise<boolean> {
  return withCard(card, async () => {
    if (card.result && monotonicMs() - card.result.at > RESULT_SHOWN_MS) card.result = undefined;
    const { sessionFile, said } = card;
    const chat = { sessionFile, said, isBound, pluginConfig: currentPluginConfig(host) };
    const drawn = withResult(card, await drawCard(chat, card.view));
    return change(card, drawn);
  });
}

/** Whether cards of its chat can change without being clicked. */
export function changesByItself({ address, note }: LiveCard): boolean {
  const abilities = CHANNELS[address.channel];
  return note !== undefined && abilities?.edits === true && abilities.replacesButtons !== true;
}

async function newCard(
  host: PluginHost,
  ctx: CommandContext,
  view: View,
  { asksCodex = true } = {},
): Promise<{ card: LiveCard | undefined; chat: CardChat }> {
  const sessionFile = await sessionFileOfChat(host, ctx);
  const isBound = (await sessionOf(host, ctx)) !== undefined;
  const chat = { sessionFile, isBound, pluginConfig: currentPluginConfig(host) };
  const said = asksCodex ? await saidNow(chat) : undefined;
  const address = addressOf(ctx);
  const card = address && addCard({ sessionFile, place: placeOf(ctx), address, view, said });
  return { card, chat: { ...chat, said } };
}

async function showAfresh(host: PluginHost, ctx: CommandContext, click: ChatClick): Promise<void> {
  const { card, chat } = await newCard(host, ctx, HOME);
  if (!card) return;
  card.note = noteOfClick(host, card, click);
  noteUse(card);
  card.result = { text: cardWords.staleCard, at: monotonicMs() };
  await withCard(card, () => redraw(host, chat, card, click));
}

async function chatOf(host: PluginHost, ctx: CommandContext, card: LiveCard): Promise<CardChat> {
  const session = await sessionOf(host, ctx);
  // A chat that was bound meanwhile has the session file that OpenClaw has stored.
  if (session) card.sessionFile = session.sessionFile;
  const { sessionFile, said } = card;
  return {
    sessionFile,
    said,
    isBound: session !== undefined,
    pluginConfig: currentPluginConfig(host),
  };
}

/** In place where the channel can; else in a new message, and the old one loses its buttons. */
async function redraw(
  host: PluginHost,
  chat: CardChat,
  card: LiveCard,
  click: ChatClick,
): Promise<void> {
  const drawn = withResult(card, await drawCard(chat, card.view));
  if (card.note && (await change(card, drawn))) return;
  await click.clearButtons(cardWords.moved);
  card.note = await sendNoteInRows(host, card.address, drawn.text, buttonsOf(card, drawn));
  card.drawn = JSON.stringify(drawn);
}

async function change(card: LiveCard, drawn: Card): Promise<boolean> {
  const wanted = JSON.stringify(drawn);
  if (wanted === card.drawn) return true;
  const rows = buttonsOf(card, drawn);
  card.changedAt = monotonicMs();
  const isChanged = (await card.note?.edit(drawn.text, rows)) === true;
  if (isChanged) card.drawn = wanted;
  else if (card.note?.isGone === true) dropCard(card);
  return isChanged;
}

function withResult({ result }: LiveCard, card: Card): Card {
  return result ? { ...card, text: `${result.text}\n\n${card.text}` } : card;
}

function asList(
  card: LiveCard,
  drawn: Card,
  senderId: string | undefined,
  isBound: boolean,
): string {
  const labels = openList(card.sessionFile, { cardId: card.id, senderId }, drawn);
  return `${drawn.text}\n\n${cardWords.choices(labels, isBound)}`;
}

async function refreshSaid(chat: CardChat, card: LiveCard): Promise<void> {
  card.said = (await saidNow(chat)) ?? card.said;
}

async function saidNow({ sessionFile, pluginConfig, isBound }: Omit<CardChat, "said">) {
  const binding = isBound ? await readCodexAppServerBinding(sessionFile) : undefined;
  return binding && askCodex({ sessionFile, pluginConfig }, binding.threadId, { withTitle: true });
}

function noteOfClick(host: PluginHost, { address }: LiveCard, { messageId }: ChatClick) {
  return messageId === undefined ? undefined : noteOfMessage(host, address, messageId);
}

function placeOf({ channel, accountId, from, to, messageThreadId }: CommandContext): CardPlace {
  return { channel, accountId, from, to, messageThreadId };
}
