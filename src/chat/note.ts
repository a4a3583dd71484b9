/** A short message of ours that can change after it was sent, as a question that shows what became of it. */
import type { MessagePresentation } from "openclaw/plugin-sdk/interactive-runtime";
import { randomUUID } from "node:crypto";
import { asRecord, asString } from "../app-server/json.js";
import { CHANNELS } from "./abilities.js";
import { hasButtons, type ChatButton } from "./buttons.js";
import { changeByClick } from "./clicked-messages.js";
import { chunksOf } from "./chunks.js";
import { boundedSend, SEND_WITHIN_MS } from "./bounded-send.js";
import { threadOf, type ReplyAddress } from "./delivery.js";
import { noteSent } from "./echoes.js";
import { pause } from "../common/pause.js";
import { sendFailureOf } from "./send-failure.js";
import { currentHostConfig, type PluginHost } from "../host/plugin-host.js";

export type ChatNote = {
  /**
   * Puts another text in its place, with these rows of buttons only; tried once more where that fails. False where the
   * channel cannot, or fails twice. Never rejects.
   */
  edit(this: void, text: string, rows?: readonly ButtonRow[]): Promise<boolean>;
  /** Whether the last change found the message gone, as where a person has deleted it. */
  readonly isGone?: boolean;
};

/** Buttons side by side. */
export type ButtonRow = readonly ChatButton[];

type NoteHost = Pick<PluginHost, "runtime" | "logger">;

/** Where messages have changed before, so that a failure is no lack of the action. */
const changeable = new Set<string>();

/** Says whose wish it is. A message that this plugin sent, or one that it was given to answer, by the id that the channel gave it. */
const ORIGIN = { conversationReadOrigin: "direct-operator" } as const;
/** OpenClaw before 2026.8 does not ask whose wish an action is, and refuses a call that says it. */
let takesOrigin = true;

/** Telegram takes an edit a second in a chat; more come after each other. */
const EDIT_WITHIN_MS = 20_000;
/** A gateway that has much to do, or a channel that is limited for a moment, takes it then. */
const EDIT_AGAIN_AFTER_MS = 3000;
/** A limit that lasts longer than this outlives what the change would say. */
const EDIT_AGAIN_WITHIN_MS = 60_000;

/** It reads so already. */
const UNCHANGED = /not modified|MESSAGE_NOT_MODIFIED/i;
const GONE =
  /message to edit not found|message can't be edited|MESSAGE_ID_INVALID|unknown message|message_not_found/i;

/** Sends a text with buttons, one to a row, or another text where its chat has none. @throws the channel's error */
export function sendNote(
  host: NoteHost,
  address: ReplyAddress,
  text: string,
  buttons: ChatButton[] = [],
  textWithoutButtons = text,
): Promise<ChatNote> {
  const rows = buttons.map((button) => [button]);
  return sendNoteInRows(host, address, text, rows, textWithoutButtons);
}

/** @throws the channel's error */
export async function sendNoteInRows(
  host: NoteHost,
  address: ReplyAddress,
  text: string,
  rows: readonly ButtonRow[],
  textWithoutButtons = text,
): Promise<ChatNote> {
  const sent = await boundedSend(SEND_WITHIN_MS, (signal) =>
    send(host, address, { text, textWithoutButtons, rows, signal }),
  );
  return noteOf(host, address, sent);
}

/** A message of ours with buttons that a click has named. */
export function noteOfMessage(host: NoteHost, address: ReplyAddress, messageId: string): ChatNote {
  return noteOf(host, address, { messageId, hasBlocks: true });
}

type Outgoing = {
  text: string;
  textWithoutButtons: string;
  rows: readonly ButtonRow[];
  signal: AbortSignal;
};

async function send(
  host: NoteHost,
  address: ReplyAddress,
  { rows, signal, ...texts }: Outgoing,
): Promise<Note> {
  const adapter = await host.runtime.channel.outbound.loadAdapter(address.channel);
  if (!adapter?.sendText) throw new Error(`The channel ${address.channel} cannot be written to.`);
  const cfg = currentHostConfig(host);
  const showsButtons =
    rows.length > 0 && adapter.sendPayload !== undefined && hasButtons(cfg, address);
  const text = showsButtons ? texts.text : texts.textWithoutButtons;
  const ctx = {
    cfg,
    to: address.to,
    text,
    accountId: address.accountId ?? null,
    threadId: threadOf(address),
    signal,
  };
  noteSent(address, text);
  if (!showsButtons || !adapter.sendPayload) {
    return { ...(await adapter.sendText(ctx)), hasBlocks: false };
  }
  const presentation = presentationOf(rows);
  const payload = { text, presentation };
  const rendered = await adapter.renderPresentation?.({
    payload,
    presentation,
    ctx: { ...ctx, payload },
  });
  const sent = await adapter.sendPayload({ ...ctx, payload: rendered ?? payload });
  return { ...sent, hasBlocks: true };
}

/** A block each, which becomes a row. */
export function presentationOf(rows: readonly ButtonRow[]): MessagePresentation {
  return {
    blocks: rows.map((buttons) => ({
      type: "buttons",
      buttons: buttons.map(({ label, value }) => ({ label, action: { type: "callback", value } })),
    })),
  };
}

function noteOf(host: NoteHost, address: ReplyAddress, first: Note): ChatNote {
  const { logger } = host;
  let sent = first;
  let isGone = false;
  return {
    get isGone() {
      return isGone;
    },
    async edit(text, rows = []) {
      for (const isLast of [false, true]) {
        try {
          // oxlint-disable-next-line no-await-in-loop
          const changed = await changeOrReplace(host, address, sent, { text, rows });
          if (!changed) return false;
          sent = changed;
          changeable.add(address.channel);
          return true;
        } catch (error) {
          if (UNCHANGED.test(String(error))) return true;
          isGone = GONE.test(String(error));
          if (isGone) return false;
          // Most channels have no such action, and an operator can forbid it; that looks like any other failure.
          const waitMs = pauseBeforeNext(error);
          // oxlint-disable-next-line no-await-in-loop
          if (!isLast && waitMs <= EDIT_AGAIN_WITHIN_MS) await pause(waitMs);
          else if (changeable.has(address.channel)) {
            logger.warn(`a message could not be changed in its chat: ${String(error)}`);
          }
        }
      }
      return false;
    },
  };
}

/** The message that reads so now; undefined where nobody can say which that would be. @throws the channel's error */
async function changeOrReplace(
  host: NoteHost,
  address: ReplyAddress,
  sent: Note,
  { text, rows }: { text: string; rows: readonly ButtonRow[] },
): Promise<Note | undefined> {
  const { channel, accountId } = address;
  const messageId = asString(sent.messageId);
  if (messageId === undefined) return undefined;
  const place = placeOf(address, sent);
  if (!sent.hasBlocks || CHANNELS[channel]?.replacesButtons !== true) {
    await act(place, "edit", {
      messageId,
      message: text,
      presentation: blocksOf(address, sent, { text, rows }),
    });
    return { ...sent, hasBlocks: sent.hasBlocks || rows.length > 0 };
  }
  const isChanged =
    rows.length === 0 && (await changeByClick({ channel, accountId, messageId }, text));
  if (isChanged) return sent;
  const next = await boundedSend(SEND_WITHIN_MS, (signal) =>
    send(host, address, { text, textWithoutButtons: text, rows, signal }),
  );
  // Its buttons promise what is over.
  await act(place, "delete", { messageId }).catch((error: unknown) => {
    host.logger.warn(`a message could not be taken back from its chat: ${String(error)}`);
  });
  return next;
}

type SentNote = { messageId?: unknown; target?: unknown };
type Note = SentNote & { hasBlocks: boolean };

/** Discord and Slack change messages in a channel, which is a private chat's too, and name it with what they sent. */
function placeOf(address: ReplyAddress, { target }: SentNote): ReplyAddress {
  const { kind, id } = asRecord(target) ?? {};
  return kind === "channel" && typeof id === "string"
    ? { ...address, to: `channel:${id}` }
    : address;
}

function pauseBeforeNext(error: unknown): number {
  const failure = sendFailureOf(error);
  return (failure.kind === "not sent" ? failure.retryAfterMs : undefined) ?? EDIT_AGAIN_AFTER_MS;
}

/** Characters of one text among Slack's blocks. */
const BLOCK_LENGTH = 3000;

/** The text as blocks, where those with the buttons would stay otherwise. */
function blocksOf(
  { channel }: ReplyAddress,
  { hasBlocks }: Note,
  { text, rows }: { text: string; rows: readonly ButtonRow[] },
): MessagePresentation {
  const buttons = presentationOf(rows);
  if (!hasBlocks || CHANNELS[channel]?.keepsBlocks !== true) return buttons;
  const pieces = chunksOf(text, {
    length: BLOCK_LENGTH,
    measure: (piece) => slackMarkup(piece).length,
  });
  const texts = pieces.map((piece) => ({ type: "text" as const, text: slackMarkup(piece) }));
  return { ...buttons, blocks: [...texts, ...buttons.blocks] };
}

/** Slack takes a block's text as it stands. https://docs.slack.dev/messaging/formatting-message-text#escaping */
function slackMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Shows on a person's message that it was seen, or shows that no more. @throws where the channel has no such sign, or fails */
export async function showSeen(
  place: ReplyAddress,
  messageId: string,
  isSeen: boolean,
): Promise<void> {
  const sign = CHANNELS[place.channel]?.seenSign;
  if (sign === undefined) return;
  await act(place, "react", { messageId, emoji: sign, ...(isSeen ? {} : { remove: true }) });
}

/** Has the channel do something with a message. @throws where it has no such action, or fails */
async function act(
  address: ReplyAddress,
  action: "edit" | "delete" | "react",
  params: {
    messageId: string;
    message?: string;
    emoji?: string;
    remove?: true;
    presentation?: MessagePresentation;
  },
): Promise<void> {
  const { callGatewayTool } = await import("openclaw/plugin-sdk/agent-harness-runtime");
  const call = (): Promise<unknown> =>
    callGatewayTool(
      "message.action",
      { timeoutMs: EDIT_WITHIN_MS },
      {
        channel: address.channel,
        action,
        ...(takesOrigin ? ORIGIN : {}),
        params: { to: address.to, ...params },
        ...(address.accountId === undefined ? {} : { accountId: address.accountId }),
        idempotencyKey: randomUUID(),
      },
    );
  try {
    await call();
  } catch (error) {
    if (!takesOrigin || !isOriginUnknown(error)) throw error;
    takesOrigin = false;
    await call();
  }
}

function isOriginUnknown(error: unknown): boolean {
  return /unexpected property '?conversationReadOrigin/.test(String(error));
}
