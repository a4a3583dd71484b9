/** What the gateway answers to `openclaw codexchat`, and to whatever else shows the bound chats to the operator. */
import type { OpenClawPluginApi } from "openclaw/plugin-sdk/plugin-entry";
import { asString } from "../app-server/json.js";
import type { PluginHost } from "../host/plugin-host.js";
import { boundChats, chatDetails, chatNamed, type Look } from "./bound-chats.js";
import { OPERATOR_METHODS, type ChatAnswer } from "./facts.js";

type Handler = Parameters<OpenClawPluginApi["registerGatewayMethod"]>[1];

export function registerGatewayMethods(api: PluginHost & Partial<OpenClawPluginApi>): void {
  const look: Look = { host: api, live: true };
  const reads = { scope: "operator.read" } as const;
  const register = (
    method: string,
    answer: (params: Record<string, unknown>) => Promise<unknown>,
  ) => api.registerGatewayMethod?.(method, answering(answer), reads);
  register(OPERATOR_METHODS.list, async () => ({ chats: await boundChats(look) }));
  register(OPERATOR_METHODS.show, ({ chat }) => showChat(look, asString(chat) ?? ""));
}

/** @throws file-system errors */
export async function showChat(look: Look, name: string): Promise<ChatAnswer> {
  const named = await chatNamed(look, name);
  return named.found === "one"
    ? { found: "one", chat: await chatDetails(look, named.chat) }
    : named;
}

function answering(answer: (params: Record<string, unknown>) => Promise<unknown>): Handler {
  return async ({ params, respond }) => {
    try {
      respond(true, await answer(params));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      respond(false, undefined, { code: "UNAVAILABLE", message });
    }
  };
}
