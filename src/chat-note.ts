/** A short message of ours that can change after it was sent, as a question that shows what became of it. */
import type { MessagePresentation } from "openclaw/plugin-sdk/interactive-runtime";
import { randomUUID } from "node:crypto";
import { asString } from "./app-server/json.js";
import type { ReplyAddress } from "./conversation-delivery.js";
import { currentHostConfig, type PluginHost } from "./plugin-host.js";

export type ChatButton = { label: string; value: string };

export type ChatNote = {
  /** Puts another text, and other buttons or none, in its place; false where the channel cannot. Never rejects. */
  edit(this: void, text: string, buttons?: ChatButton[]): Promise<boolean>;
};

type NoteHost = Pick<PluginHost, "runtime">;

/** Channels whose clicks this plugin takes: see the interactive handlers. */
const BUTTON_CHANNELS = ["telegram"];

/** Telegram takes an edit a second in a chat; more come after each other. */
const EDIT_WITHIN_MS = 20_000;

/**
 * Sends a text with buttons, one to a row; without them where the channel has none or where nobody here takes its
 * clicks. @throws the channel's error
 */
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
  const presentation = presentationOf(address, buttons);
  if (presentation.blocks.length === 0 || !adapter.sendPayload) {
    return noteOf(address, await adapter.sendText(ctx));
  }
  const payload = { text, presentation };
  const rendered = await adapter.renderPresentation?.({
    payload,
    presentation,
    ctx: { ...ctx, payload },
  });
  return noteOf(address, await adapter.sendPayload({ ...ctx, payload: rendered ?? payload }));
}

function presentationOf({ channel }: ReplyAddress, buttons: ChatButton[]): MessagePresentation {
  return {
    blocks: !BUTTON_CHANNELS.includes(channel)
      ? []
      : buttons.map(({ label, value }) => ({
          type: "buttons",
          buttons: [{ label, action: { type: "callback", value } }],
        })),
  };
}

function noteOf(address: ReplyAddress, sent: { messageId?: unknown }): ChatNote {
  const messageId = asString(sent.messageId);
  return {
    async edit(text, buttons = []) {
      if (messageId === undefined) return false;
      try {
        const { callGatewayTool } = await import("openclaw/plugin-sdk/agent-harness-runtime");
        await callGatewayTool(
          "message.action",
          { timeoutMs: EDIT_WITHIN_MS },
          {
            channel: address.channel,
            action: "edit",
            // Only a message that this plugin sent, named by the id that the channel gave it.
            conversationReadOrigin: "direct-operator",
            params: {
              to: address.to,
              messageId,
              message: text,
              presentation: presentationOf(address, buttons),
            },
            ...(address.accountId === undefined ? {} : { accountId: address.accountId }),
            idempotencyKey: randomUUID(),
          },
        );
        return true;
      } catch {
        // Most channels have no such action, and an operator can forbid it.
        return false;
      }
    },
  };
}
