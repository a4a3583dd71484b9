/** `/codexchat allow`: OpenClaw's consent to a bind, typed where its channel shows no buttons to give it with. */
import { processWide } from "../common/process-wide.js";
import type { CommandContext, PluginHost } from "../host/plugin-host.js";
import { channelWords } from "../words/channel-words.js";
import type { Reply, Subcommand } from "./subcommand.js";
import { sessionFileOfChat } from "./subcommand.js";

type AskedBind = { approvalId: string; senderId: string };

/** What OpenClaw asks, by the chat's session file; OpenClaw forgets it after 30 minutes, and then says so. */
const asked = processWide("typed-approvals", () => new Map<string, AskedBind>());

/** OpenClaw's question with the way to answer it. Only who has asked for the bind can allow it. */
export function askToType(
  sessionFile: string,
  ctx: CommandContext,
  { approvalId, reply }: { approvalId: string; reply: Reply },
): Reply {
  const senderId = ctx.senderId?.trim() ?? "";
  // OpenClaw asks nobody in particular for an answer that names no sender.
  if (senderId === "") return { text: channelWords.nobodyToAllow };
  asked.set(sessionFile, { approvalId, senderId });
  return { text: [reply.text ?? "", channelWords.allowByTyping].join("\n\n").trim() };
}

export const allow: Subcommand = async (host, ctx, args) => {
  if (args.length > 0) return undefined;
  return allowBind(host, ctx);
};

async function allowBind(host: PluginHost, ctx: CommandContext): Promise<string> {
  const sessionFile = await sessionFileOfChat(host, ctx);
  const bind = asked.get(sessionFile);
  if (!bind || bind.senderId !== ctx.senderId?.trim()) return channelWords.nothingToAllow;
  asked.delete(sessionFile);
  const { resolvePluginConversationBindingApproval } =
    await import("openclaw/plugin-sdk/conversation-runtime");
  const resolved = await resolvePluginConversationBindingApproval({
    ...bind,
    decision: "allow-once",
  });
  return resolved.status === "approved" ? channelWords.allowed : channelWords.nothingToAllow;
}
