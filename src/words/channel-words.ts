/** What is said about a channel and what it cannot do. */
import type { BindRefusal } from "../chat/abilities.js";

const WHY: Record<BindRefusal, (name: string) => string> = {
  "no chat of a command": (name) =>
    `OpenClaw does not let plugins bind chats on ${name}, so Codex cannot answer here.`,
  "forgets the plugin": (name) =>
    `OpenClaw's ${name} channel does not store which plugin a chat belongs to, so Codex cannot answer here.`,
  "hears itself": (name) =>
    `OpenClaw's ${name} channel mistakes its own messages for a person's, so Codex would talk to itself here.`,
  "hides who may command": (name) =>
    `OpenClaw's ${name} channel does not say whether a message comes from someone who may command, so Codex cannot answer here.`,
  "web chat": () => "OpenClaw cannot hand its web chat over to a plugin.",
};

export const channelWords = {
  cannotBind: (name: string, why: BindRefusal, others: readonly string[]): string =>
    `${WHY[why](name)} Send \`/codexchat bind\` in a chat on ${oneOf(others)}.`,

  /** Where a slash command of the channel's own is lost. */
  mentionBeforeCommand: (name: string): string =>
    `${name}'s own /codexchat command does not work in a bound thread: put a mention of the bot before it, as in \`@bot /codexchat status\`.`,

  /** On a channel whose chats are bound by a button. */
  pressToBind:
    "Press the button to bind this chat to Codex. OpenClaw then asks whether you allow it.",
  boundAlready: "This chat is bound to Codex already.",
  bindButton: "Bind this chat",
  /** In the place of a message whose text its channel keeps with its buttons only. */
  buttonsGone: "These buttons are no longer needed.",
  tooLongForButton: "That folder's name is too long for a button. Name a shorter one.",

  /** Below OpenClaw's question whether this chat may be bound, on a channel without buttons. */
  allowByTyping: "Send `/codexchat allow` within 30 minutes to allow it.",
  nobodyToAllow:
    "OpenClaw does not say who you are on this channel, so nobody could allow the bind, and the chat was not bound.",
  nothingToAllow: "There is no bind of yours to allow here. Send `/codexchat bind` first.",
  allowed: "Allowed. Codex answers here now: write to it as you would in a terminal.",
};

function oneOf(names: readonly string[]): string {
  const [last = "", ...before] = names.toReversed();
  return before.length === 0 ? last : `${before.toReversed().join(", ")} or ${last}`;
}
