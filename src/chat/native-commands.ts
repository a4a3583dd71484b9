/** The slash commands that a channel itself offers, and whether they get through. */
import { asRecord } from "../app-server/json.js";
import { CHANNELS } from "./abilities.js";

/** Whether OpenClaw loses them in this chat, once it is bound. An operator can have turned them off: then they are text. */
export function losesNativeCommands(
  hostConfig: unknown,
  chat: {
    channel: string;
    accountId?: string | undefined;
    threadId?: string | number | undefined;
  },
): boolean {
  const { channel, accountId, threadId } = chat;
  if (threadId === undefined || CHANNELS[channel]?.losesThreadCommands !== true) return false;
  const config = asRecord(hostConfig);
  const ofChannel = asRecord(asRecord(config?.channels)?.[channel]);
  const ofAccount = asRecord(asRecord(ofChannel?.accounts)?.[accountId ?? "default"]);
  const set = [ofAccount, ofChannel, config]
    .map((section) => asRecord(section?.commands)?.native)
    .find((native) => native !== undefined);
  return set !== false;
}
