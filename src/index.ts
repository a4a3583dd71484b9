/** The plugin's entry: wires the conversation binding to the host. */
import { definePluginEntry } from "openclaw/plugin-sdk/plugin-entry";
import { disposeCodexAppServerClients } from "./app-server/client-pool.js";
import { handleCodexChatCommand } from "./codexchat-command.js";
import { handleCodexConversationBindingResolved } from "./conversation-binding.js";
import { expireLeftovers } from "./conversation-detach.js";
import { conversationsFolder } from "./conversation-state.js";
import { claimInboundMessage } from "./inbound-claim.js";
import { PLUGIN_ID } from "./plugin-host.js";

export default definePluginEntry({
  id: PLUGIN_ID,
  name: "Codex conversations",
  description: "Binds a chat to a Codex thread: from then on the chat is Codex.",
  register(api) {
    api.registerCommand({
      name: "codexchat",
      description: "Bind this chat to Codex, and control it",
      acceptsArgs: true,
      handler: (ctx) => handleCodexChatCommand(api, ctx),
    });
    // Other modes look at what a plugin offers; a hook of theirs would run beside the real one's.
    if (api.registrationMode !== "full") return;
    // Settings are read at each use, so a change of them needs no restart.
    api.registerReload({ hotPrefixes: [`plugins.entries.${PLUGIN_ID}.config`] });
    api.on("inbound_claim", (event, ctx) => claimInboundMessage(api, event, ctx));
    api.on("gateway_start", () =>
      expireLeftovers(api, conversationsFolder(api.runtime.state.resolveStateDir())),
    );
    api.onConversationBindingResolved(handleCodexConversationBindingResolved);
    api.registerService({
      id: PLUGIN_ID,
      start: () => {},
      stop: () => disposeCodexAppServerClients(),
    });
  },
});
