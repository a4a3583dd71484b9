/**
 * The messages of this process: one for all copies of the plugin. The gateway loads a fresh copy when its configuration
 * changes, while messages of the old copy are under way; the new copy takes them over, and nothing runs twice.
 */
import packageJson from "../../package.json" with { type: "json" };
import { processWide } from "../common/process-wide.js";
import { ConversationMessages } from "./messages.js";
import type { MessagesHost } from "./messages-host.js";
import { firstVersionAtWork } from "./takeover.js";

const { version } = packageJson;

/** The one of this process; there may be none yet, or one that was stopped. */
type Holder = { messages?: ConversationMessages };

const holder = (): Holder => processWide("conversation-messages", (): Holder => ({}));

/**
 * The one of this process. One of the same version goes on, and `host` replaces the one that it had. One of another
 * version, which an update has replaced while the gateway runs, hands over to a new one, which takes up from `folder`
 * what was under way.
 */
export function attachConversationMessages(
  host: MessagesHost,
  folder: string,
): ConversationMessages {
  const earlier = holder().messages;
  if (earlier && !earlier.isStopped && earlier.version === version) {
    earlier.attach(host);
    return earlier;
  }
  const predecessor = earlier && !earlier.isStopped ? earlier : firstVersionAtWork();
  const messages = new ConversationMessages(host);
  holder().messages = messages;
  if (predecessor) void messages.takeOver(predecessor, folder);
  return messages;
}

/** The one of this process, if there is one at work. */
export function runningConversationMessages(): ConversationMessages | undefined {
  const { messages } = holder();
  return messages?.isStopped ? undefined : messages;
}
