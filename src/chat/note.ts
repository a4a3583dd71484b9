/** A short message of ours that can change after it was sent, as a question that shows what became of it. */
import type { MessagePresentation } from "openclaw/plugin-sdk/interactive-runtime";
import { randomUUID } from "node:crypto";
import { asString } from "../app-server/json.js";
import { hasButtons, type ChatButton } from "./buttons.js";
import type { ReplyAddress } from "./delivery.js";
import { pause } from "../common/pause.js";
import { currentHostConfig, type PluginHost } from "../host/plugin-host.js";

export type ChatNote = {
  /**
   * Puts another text in its place, without buttons; tried once more where that fails. False where the channel cannot, or
   * fails twice. Never rejects.
   */
  edit(this: void, text: string): Promise<boolean>;
};

type NoteHost = Pick<PluginHost, "runtime" | "logger">;

/** Where messages have changed before, so that a failure is no lack of the action. */
const changeable = new Set<string>();

/** Telegram takes an edit a second in a chat; more come after each other. */
const EDIT_WITHIN_MS = 20_000;
/** A gateway that has much to do, or a channel that is limited for a moment, takes it then. */
const EDIT_AGAIN_AFTER_MS = 3000;

/** Sends a text with buttons, where its chat has any. @throws the channel's error */
export async function sendNote(
  host: NoteHost,
  address: ReplyAddress,
  text: string,
  buttons: ChatButton[] = [],
): Promise<ChatNote> {
  const adapter = await host.runtime.channel.outbound.loadAdapter(address.channel);
  if (!adapter?.sendText) throw new Error(`The channel ${address.channel} cannot be written to.`);
  const ctx = {
    cfg: currentHostConfig(host),
    to: address.to,
    text,
    accountId: address.accountId ?? null,
    threadId: address.threadId ?? null,
  };
  const presentation = presentationOf(buttons);
  if (buttons.length === 0 || !adapter.sendPayload || !hasButtons(ctx.cfg, address)) {
    return noteOf(host, address, await adapter.sendText(ctx));
  }
  const payload = { text, presentation };
  const rendered = await adapter.renderPresentation?.({
    payload,
    presentation,
    ctx: { ...ctx, payload },
  });
  const sent = await adapter.sendPayload({ ...ctx, payload: rendered ?? payload });
  return noteOf(host, address, sent);
}

/** One button to a row. */
function presentationOf(buttons: ChatButton[]): MessagePresentation {
  return {
    blocks: buttons.map(({ label, value }) => ({
      type: "buttons",
      buttons: [{ label, action: { type: "callback", value } }],
    })),
  };
}

function noteOf(
  { logger }: NoteHost,
  address: ReplyAddress,
  sent: { messageId?: unknown },
): ChatNote {
  const messageId = asString(sent.messageId);
  return {
    async edit(text) {
      if (messageId === undefined) return false;
      for (const againAfterMs of [EDIT_AGAIN_AFTER_MS, undefined]) {
        try {
          // oxlint-disable-next-line no-await-in-loop
          await change(address, messageId, text);
          changeable.add(address.channel);
          return true;
        } catch (error) {
          // Most channels have no such action, and an operator can forbid it; that looks like any other failure.
          // oxlint-disable-next-line no-await-in-loop
          if (againAfterMs !== undefined) await pause(againAfterMs);
          else if (changeable.has(address.channel)) {
            logger.warn(`a message could not be changed in its chat: ${String(error)}`);
          }
        }
      }
      return false;
    },
  };
}

/** @throws where the channel has no such action, or fails */
async function change(address: ReplyAddress, messageId: string, text: string): Promise<void> {
  const { callGatewayTool } = await import("openclaw/plugin-sdk/agent-harness-runtime");
  await callGatewayTool(
    "message.action",
    { timeoutMs: EDIT_WITHIN_MS },
    {
      channel: address.channel,
      action: "edit",
      // Only a message that this plugin sent, named by the id that the channel gave it.
      conversationReadOrigin: "direct-operator",
      params: { to: address.to, messageId, message: text, presentation: presentationOf([]) },
      ...(address.accountId === undefined ? {} : { accountId: address.accountId }),
      idempotencyKey: randomUUID(),
    },
  );
}
