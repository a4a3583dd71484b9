/** Sends a file into a chat, as the picture or document that its channel makes of it. */
import { currentHostConfig, type PluginHost } from "../host/plugin-host.js";
import type { ReplyAddress } from "./delivery.js";

type DeliveryHost = Pick<PluginHost, "runtime">;

export async function canDeliverFiles(host: DeliveryHost, channel: string): Promise<boolean> {
  const adapter = await host.runtime.channel.outbound.loadAdapter(channel);
  return adapter?.sendMedia !== undefined;
}

/** `file` lies in `folder`, from which the channel may read. @throws the channel's error */
export async function deliverFile(
  host: DeliveryHost,
  address: ReplyAddress,
  file: { path: string; folder: string },
  signal: AbortSignal,
): Promise<void> {
  const adapter = await host.runtime.channel.outbound.loadAdapter(address.channel);
  if (!adapter?.sendMedia) throw new Error(`The channel ${address.channel} takes no files.`);
  await adapter.sendMedia({
    cfg: currentHostConfig(host),
    to: address.to,
    text: "",
    mediaUrl: file.path,
    mediaLocalRoots: [file.folder],
    accountId: address.accountId ?? null,
    threadId: address.threadId ?? null,
    signal,
  });
}
