import type { ChannelService } from "./channel-service.js";
import type { JsonObject } from "./wire-guards.js";

export const PLUGIN_ID = "codex-conversation";

export interface GatewaySettings {
  /** The plugin's own configuration, `appServer.command` aside, which the launcher sets. */
  readonly plugin?: {
    readonly appServer?: JsonObject;
    readonly turn?: JsonObject;
    readonly [key: string]: unknown;
  };
  /** An OpenClaw that has not heard of the plugin yet. */
  readonly withoutPlugin?: boolean;
  /** OpenClaw's Control UI shows the plugin's own pages. */
  readonly withPages?: boolean;
  /** Added to `channels.telegram`; by default everybody may write and everybody may command. */
  readonly telegram?: JsonObject;
  /** Sections at the top of OpenClaw's configuration, such as `commands` or `session`. */
  readonly sections?: JsonObject;
}

export interface GatewayPlace {
  readonly port: number;
  readonly logFile: string;
  readonly telegramApiRoot: string;
  readonly telegramToken: string;
  readonly codexCommand: string;
  /** The Responses API behind OpenClaw's own agent, which answers where no plugin does. */
  readonly agentModelUrl: string;
  /** Channels besides Telegram. */
  readonly services: readonly ChannelService[];
}

/** The configuration of a gateway that talks to nobody but the stand-ins on loopback. */
export function gatewayConfig(place: GatewayPlace, settings: GatewaySettings): JsonObject {
  const { plugin = {}, withoutPlugin = false, telegram = {}, sections = {} } = settings;
  const { withPages = false } = settings;
  const channels = ["telegram", ...place.services.map(({ channel }) => channel)];
  return {
    gateway: {
      mode: "local",
      port: place.port,
      bind: "loopback",
      auth: { mode: "token", token: "loopback-only" },
      ...(withPages && { controlUi: { experimental: { customPlugins: true } } }),
    },
    update: { checkOnStart: false },
    // Otherwise it appends to a log in the system's temporary folder that all gateways share.
    logging: { file: place.logFile },
    channels: {
      telegram: {
        enabled: true,
        botToken: place.telegramToken,
        apiRoot: place.telegramApiRoot,
        dmPolicy: "open",
        allowFrom: ["*"],
        ...telegram,
      },
      ...Object.fromEntries(place.services.map(({ channel, config }) => [channel, config])),
    },
    models: {
      mode: "replace",
      providers: {
        loopback: {
          baseUrl: place.agentModelUrl,
          apiKey: "loopback-only",
          api: "openai-responses",
          models: [{ id: "agent-model", name: "Agent model", reasoning: false, input: ["text"] }],
        },
      },
    },
    agents: {
      defaults: {
        model: { primary: "loopback/agent-model" },
        // What OpenClaw's own agent says by the clock is nobody's expectation.
        heartbeat: { every: "0m" },
      },
    },
    plugins: {
      allow: withoutPlugin ? channels : [PLUGIN_ID, ...channels],
      slots: { memory: "none" },
      ...(!withoutPlugin && {
        entries: {
          [PLUGIN_ID]: {
            enabled: true,
            config: {
              ...plugin,
              // Scenarios write faster than people do, and mean each message for itself.
              turn: { joinWithinMs: 0, ...plugin.turn },
              appServer: { command: place.codexCommand, ...plugin.appServer },
            },
          },
        },
      }),
    },
    ...sections,
  };
}
