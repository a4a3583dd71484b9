/** The plugin's entry: wires the conversation binding to the host. */
import { definePluginEntry } from "openclaw/plugin-sdk/plugin-entry";
import { sendNote, showSeen } from "./chat/note.js";
import { codexClientPool } from "./app-server/client-pool.js";
import { handleCodexChatCommand } from "./codexchat-command.js";
import { registerCardButtons } from "./cards/clicks.js";
import { CardUpdates } from "./cards/updates.js";
import { hasButtons } from "./chat/buttons.js";
import { registerDenialButtons } from "./commands/denials.js";
import { registerFileButtons } from "./commands/file-buttons.js";
import { registerBindButton } from "./commands/bind-click.js";
import { registerPlanButtons } from "./commands/plan-buttons.js";
import { registerThreadButtons } from "./commands/thread-buttons.js";
import { registerWaitingButtons } from "./messages/waiting-buttons.js";
import { bindingResolved } from "./binding-resolved.js";
import { BindingUpkeep } from "./binding-upkeep.js";
import { partsOf, partsSince010, sendMessage } from "./chat/outgoing-message.js";
import { tellLapsing } from "./messages/lapse-notice.js";
import { audit } from "./host/audit.js";
import { expireLeftovers } from "./host/detach.js";
import { keepAllBound } from "./host/keep-bound.js";
import type { MessagesHost } from "./messages/messages-host.js";
import { attachConversationMessages } from "./messages/process-messages.js";
import { noteStateDir } from "./host/operator-places.js";
import { closeStateToOthers, onMendedFile } from "./host/private-files.js";
import { conversationsFolder } from "./host/state.js";
import { claimInboundMessage } from "./inbound-claim.js";
import { sweepOutgoingFiles } from "./chat/outgoing-files.js";
import { currentHostConfig, currentPluginConfig, PLUGIN_ID } from "./host/plugin-host.js";
import { registerCli } from "./operator/cli.js";
import { registerGatewayMethods } from "./operator/gateway-methods.js";
import { serverNames } from "./app-server/config.js";
import { DEFAULT_SERVER } from "./app-server/config-schema.js";
import { OpenPages } from "./operator/open-pages.js";
import { createPluginService } from "./plugin-service.js";
import { stopOnHeardWord } from "./stop-words.js";
import { registerOldQuestionButtons, registerQuestionButtons } from "./questions/buttons.js";
import { askOperator } from "./questions/operator.js";

export default definePluginEntry({
  id: PLUGIN_ID,
  name: "Codex conversations",
  description: "Puts a chat on a Codex thread: from then on, the chat is Codex.",
  register(api) {
    api.registerCommand({
      name: "codexchat",
      description: "Bind this chat to Codex, and control it",
      acceptsArgs: true,
      handler: (ctx) => handleCodexChatCommand(api, ctx),
    });
    // A process of OpenClaw's commands does not load the plugin in full.
    registerCli(api);
    // Other modes look at what a plugin offers; a hook of theirs would run beside the real one's.
    if (api.registrationMode !== "full") return;
    // Settings are read at each use, so a change of them needs no restart.
    api.registerReload({ hotPrefixes: [`plugins.entries.${PLUGIN_ID}.config`] });

    codexClientPool().onDiagnostic = (text) => api.logger.warn(text);

    const stateDir = api.runtime.state.resolveStateDir();
    noteStateDir(stateDir);
    const folder = conversationsFolder(stateDir);
    const host: MessagesHost = {
      partsOf: (address, text, options) => partsOf(api, address, text, options),
      partsSince010: (address, text, sent) => partsSince010(api, address, text, sent),
      sendMessage: (address, message) => sendMessage(api, address, message),
      sendNote: (address, text, buttons, textWithoutButtons) =>
        sendNote(api, address, text, buttons, textWithoutButtons),
      showSeen,
      hasButtons: (address) => hasButtons(currentHostConfig(api), address),
      askOperator: (address, question, options) => askOperator(api, address, question, options),
      sendFile: (address, name, text) =>
        sendMessage(api, address, { document: { name, text }, caption: "" }),
      audit: (entry) => void audit(api, entry),
      pluginConfig: () => currentPluginConfig(api),
      warn: (text) => api.logger.warn(text),
    };
    const messages = attachConversationMessages(host, folder);
    registerQuestionButtons(api);
    registerOldQuestionButtons(api);
    registerThreadButtons(api);
    registerBindButton(api);
    registerFileButtons(api);
    registerDenialButtons(api);
    registerPlanButtons(api);
    registerWaitingButtons(api);
    registerCardButtons(api);
    const pages = new OpenPages((text) => api.logger.warn(text));
    registerGatewayMethods(api, pages);
    const cards = new CardUpdates(api);
    const log = (text: string): void => api.logger.info(text);
    const service = createPluginService(messages, folder, log, () => {
      const names = serverNames(currentPluginConfig(api)).filter((name) => name !== DEFAULT_SERVER);
      codexClientPool().keepServers(new Set([undefined, ...names]));
    });
    const upkeep = new BindingUpkeep(async (isSettled) => {
      const looks = [
        await expireLeftovers(api, folder, isSettled),
        await keepAllBound(api, folder, isSettled),
      ];
      await tellLapsing(api, folder, async (sessionFile, address, notice) => {
        await messages.outbox.post(sessionFile, address, { ...notice, kind: "notice" });
      });
      return looks.includes("early") ? "early" : "done";
    });
    api.on("inbound_claim", (event, ctx) => claimInboundMessage(api, messages, event, ctx));
    api.on("message_received", (event, ctx) => stopOnHeardWord(api, messages, event, ctx));
    api.onConversationBindingResolved((event) => bindingResolved(api, event));
    onMendedFile((text) => api.logger.warn(text));
    api.on("gateway_start", async () => {
      await closeStateToOthers(stateDir);
      await upkeep.start();
      await sweepOutgoingFiles(api.runtime.state.resolveStateDir());
    });
    api.on("gateway_stop", (event) => service.gatewayStopping(event.reason));
    api.registerService({
      id: PLUGIN_ID,
      start: async ({ gatewayEvents }) => {
        cards.start();
        // Only an OpenClaw that has pages tells them anything.
        if (gatewayEvents) pages.start(gatewayEvents);
        await service.start();
        // An update while the gateway runs starts no gateway.
        await upkeep.start();
      },
      stop: () => {
        cards.stop();
        pages.stop();
        upkeep.stop();
        service.stop();
      },
    });
  },
});
