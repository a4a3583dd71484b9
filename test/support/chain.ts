import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ChannelService } from "./channel-service.js";
import { findCodexBinary, writeCodexHome } from "./codex-home.js";
import type { GatewaySettings } from "./gateway-config.js";
import { Gateway } from "./gateway.js";
import { Keeper } from "./keeper.js";
import { packPlugin } from "./plugin-package.js";
import { ScriptedResponsesApi, type Script } from "./responses-api.js";
import { TelegramBotApi } from "./telegram-bot-api.js";
import { ThreadBindings } from "./thread-bindings.js";

export interface ChainOptions {
  readonly settings?: GatewaySettings;
  readonly script?: Script;
  /** Uses the Codex that this machine's user is signed in to, with a real model. */
  readonly realCodex?: boolean;
  /** Lines for Codex's config.toml. */
  readonly codexConfig?: readonly string[];
  /** Added to the gateway's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A packed plugin; by default this repository's, built and packed anew. */
  readonly tarball?: string;
  /** False: OpenClaw is configured, but the plugin not installed and the gateway not running. */
  readonly installed?: boolean;
  /** Chat services besides Telegram; they are the chain's to stop. */
  readonly services?: readonly ChannelService[];
  /** Told what is being done, at the beginning of each step. */
  readonly onStep?: (step: string) => void;
  /** Aborts the start, which then rejects with the reason after it has tidied up. */
  readonly signal?: AbortSignal;
}

/** A chat, a gateway with the plugin installed, Codex and its model: everything but the network. */
export interface Chain extends AsyncDisposable {
  /** The packed plugin. */
  readonly tarball: string;
  readonly telegram: TelegramBotApi;
  readonly gateway: Gateway;
  readonly model: ScriptedResponsesApi;
  /** The model of OpenClaw's own agent, which answers in chats that are not bound. */
  readonly agentModel: ScriptedResponsesApi;
  /** Where the turns work by default. */
  readonly workspace: string;
  /** Where Codex keeps its threads; a second Codex can be given it, as a terminal has it. */
  readonly codexHome: string;
  readonly threadBindings: ThreadBindings;
  /** Ends every process and removes every file of it. May be called twice. */
  stop(): Promise<void>;
}

export const AGENT_ANSWER = "OpenClaw's own agent answers.";

const agentScript: Script = () => [{ do: "say", text: AGENT_ANSWER }];

export async function startChain(options: ChainOptions = {}): Promise<Chain> {
  const { onStep = () => undefined, signal, realCodex = false, installed = true } = options;
  const { services = [] } = options;
  const keeper = await Keeper.start();
  const stops: (() => Promise<void>)[] = [
    () => keeper.stop(),
    ...services.map((service) => () => service.stop()),
  ];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= stopAll(stops);
    return stopping;
  };
  // Whatever step is under way fails when its processes are gone.
  const abort = (): void => void stop().catch(() => undefined);
  signal?.addEventListener("abort", abort, { once: true });
  const step = (name: string): void => {
    signal?.throwIfAborted();
    onStep(name);
  };
  try {
    step("building the plugin");
    const tarball = options.tarball ?? (await packPlugin(keeper.folder));
    step("starting Telegram's and the model's stand-ins");
    const telegram = await TelegramBotApi.start();
    stops.push(() => telegram.stop());
    const model = await ScriptedResponsesApi.start(options.script);
    stops.push(() => model.stop());
    const agentModel = await ScriptedResponsesApi.start(agentScript);
    stops.push(() => agentModel.stop());
    const codexHome = join(keeper.folder, "codex-home");
    if (!realCodex) await writeCodexHome(codexHome, model.baseUrl, options.codexConfig);
    const workspace = join(keeper.folder, "workspace");
    await mkdir(workspace);

    const codexCommand =
      (realCodex && process.env["OPENCLAW_CODEX_APP_SERVER_BIN"]) || (await findCodexBinary());
    const { plugin, ...settings } = options.settings ?? {};
    const gateway = new Gateway({
      keeper,
      telegram,
      services,
      codexCommand,
      agentModelUrl: agentModel.baseUrl,
      environment: {
        // Where no setting names it; with the settings of a chain one does.
        OPENCLAW_CODEX_APP_SERVER_BIN: codexCommand,
        ...(realCodex ? realCodexEnvironment() : { CODEX_HOME: codexHome }),
        ...options.environment,
      },
      settings: {
        ...settings,
        withoutPlugin: !installed,
        plugin: {
          ...plugin,
          appServer: { defaultWorkspaceDir: workspace, ...plugin?.appServer },
        },
      },
    });
    stops.push(() => gateway.stop());
    if (services.length > 0) {
      step("installing the channel from npm's registry");
      await gateway.installChannels();
    }
    if (installed) {
      step("installing the plugin");
      await gateway.install(tarball);
      step("starting the gateway");
      await gateway.start();
    } else {
      await gateway.writeConfig();
    }
    signal?.throwIfAborted();
    return {
      tarball,
      telegram,
      gateway,
      model,
      agentModel,
      workspace,
      codexHome,
      threadBindings: new ThreadBindings(gateway.stateFolder),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    // What was being started while an abort stopped the rest.
    await stopAll(stops);
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** Stops in the reverse of the order of starting; a stop that fails does not keep the others from theirs. */
async function stopAll(stops: (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (let stop = stops.pop(); stop; stop = stops.pop()) {
    try {
      await stop();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, "the chain did not stop cleanly");
}

function realCodexEnvironment(): NodeJS.ProcessEnv {
  const { HOME, CODEX_HOME, CODEX_API_KEY, OPENAI_API_KEY } = process.env;
  return {
    CODEX_HOME: CODEX_HOME ?? join(HOME ?? "", ".codex"),
    ...(CODEX_API_KEY !== undefined && { CODEX_API_KEY }),
    ...(OPENAI_API_KEY !== undefined && { OPENAI_API_KEY }),
  };
}
