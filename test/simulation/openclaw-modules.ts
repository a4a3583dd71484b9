/** The modules of OpenClaw's that the plugin asks for. */
import { asObject, asString } from "../support/wire-guards.js";
import { buttonsIn, PLUGIN_ID, type GatewayChannel, type HostBindings } from "./gateway.js";

export function openclawModule(
  name: string,
  { channel, bindings }: { channel: GatewayChannel; bindings: HostBindings },
): unknown {
  switch (name) {
    case "openclaw/plugin-sdk/plugin-entry":
      return { definePluginEntry: (entry: unknown) => entry };
    case "openclaw/plugin-sdk/agent-harness-runtime":
      return {
        callGatewayTool: (method: string, _options: unknown, call: unknown) =>
          callGatewayTool(channel, method, call),
      };
    case "openclaw/plugin-sdk/conversation-runtime":
      return {
        getSessionBindingService: () => ({
          getCapabilities: () => ({ adapterAvailable: true }),
          resolveByConversationAsync: async ({ conversationId }: { conversationId: string }) => {
            const data = bindings.get(Number(conversationId.split(":")[1]));
            return data === undefined
              ? null
              : { targetSessionKey: conversationId, metadata: { pluginId: PLUGIN_ID, data } };
          },
          bind: async () => {},
        }),
      };
    case "openclaw/plugin-sdk/logging-core":
      return { redactSensitiveText: (text: string) => text };
    default:
      throw new Error(`the simulated OpenClaw has no ${name}`);
  }
}

/** A method of the gateway's, by which the plugin does something with a message; of that only a change is seen here. */
async function callGatewayTool(
  channel: GatewayChannel,
  method: string,
  call: unknown,
): Promise<void> {
  if (method !== "message.action") throw new Error(`no gateway has ${method}`);
  const { action, params } = asObject(call);
  if (action !== "edit") return;
  const { to, messageId, message } = asObject(params);
  await channel.edit(asString(to), Number(messageId), asString(message), buttonsIn(params));
}
