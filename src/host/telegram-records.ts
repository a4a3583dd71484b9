/**
 * The chats that OpenClaw's Telegram channel holds bound to this plugin. OpenClaw offers no list of its records, but
 * the channel keeps its own where every copy of it finds them; the same in 2026.6.11 and 2026.9.6. Where another version
 * keeps them elsewhere, nothing is found here, and the chats are known once they send something.
 */
import * as z from "zod/mini";
import { conversationSchema, type Conversation } from "./host-bindings.js";
import { PLUGIN_ID } from "./plugin-host.js";

const KEY = Symbol.for("openclaw.telegramThreadBindingsState");

const stateSchema = z.object({ bindingsByAccountConversation: z.instanceof(Map) });

const recordSchema = z.object({
  accountId: z.string(),
  conversationId: z.string(),
  metadata: z.object({ pluginId: z.literal(PLUGIN_ID) }),
});

export function telegramChats(): Conversation[] {
  const state = stateSchema.safeParse(Reflect.get(globalThis, KEY));
  if (!state.success) return [];
  return [...state.data.bindingsByAccountConversation.values()].flatMap((value: unknown) => {
    const { data: record } = recordSchema.safeParse(value);
    return record ? [conversationSchema.parse({ channel: "telegram", ...record })] : [];
  });
}
