/** Sends a reply as OpenClaw has made it, with its buttons, where no command or message is answered. */
import type { ReplyPayload } from "openclaw/plugin-sdk/reply-payload";
import { currentHostConfig, type PluginHost } from "../host/plugin-host.js";
import { boundedSend, SEND_WITHIN_MS } from "./bounded-send.js";
import { sendText, type ReplyAddress } from "./delivery.js";
import { noteSent } from "./echoes.js";

/** @throws the channel's error, SendTimeoutError */
export async function sendReply(
  host: Pick<PluginHost, "runtime">,
  address: ReplyAddress,
  reply: ReplyPayload,
): Promise<void> {
  const adapter = await host.runtime.channel.outbound.loadAdapter(address.channel);
  const text = reply.text ?? "";
  if (!adapter?.sendPayload) return sendText(host, address, text);
  const { sendPayload } = adapter;
  noteSent(address, text);
  await boundedSend(SEND_WITHIN_MS, (signal) =>
    sendPayload({
      cfg: currentHostConfig(host),
      to: address.to,
      text,
      accountId: address.accountId ?? null,
      threadId: address.threadId ?? null,
      payload: reply,
      signal,
    }),
  );
}
