/** A sign on a person's message, from the moment it is taken until its answer is there: so the chat is seen to be alive at once. */
import { resolvePluginConfig } from "../host/plugin-config.js";
import type { InboxMessage } from "./inbox.js";
import type { MessagesHost } from "./messages-host.js";

type Host = Pick<MessagesHost, "pluginConfig" | "showSeen">;

/** Takes it away, after `settled`. Must not reject. */
export type SeenSign = { takeAway(settled: Promise<unknown>): Promise<void> };

/** Never rejects: it is a courtesy, and many chats have no such sign. */
export function showSign(
  host: () => Host,
  { address, messageId }: Pick<InboxMessage, "address" | "messageId">,
): SeenSign {
  if (messageId === undefined || !isWanted(host())) return { takeAway: async () => {} };
  const show = async (isSeen: boolean): Promise<boolean> => {
    try {
      await host().showSeen(address, messageId, isSeen);
      return true;
    } catch {
      return false;
    }
  };
  const shown = show(true);
  return {
    async takeAway(settled) {
      await settled;
      // Where it could not be shown, there is nothing to be taken away.
      if (await shown) await show(false);
    },
  };
}

function isWanted(host: Host): boolean {
  try {
    return resolvePluginConfig(host.pluginConfig()).progress !== "off";
  } catch {
    return false;
  }
}
