import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChannelService } from "./channel-service.js";
import { gatewayConfig, type GatewaySettings, PLUGIN_ID } from "./gateway-config.js";
import { Journal } from "./journal.js";
import type { Keeper } from "./keeper.js";
import { endProcessesOf, processesOfEnded } from "./keeper-process.js";
import { findFreePort } from "./loopback-server.js";
import { repositoryRoot } from "./plugin-package.js";
import { TelegramBotApi } from "./telegram-bot-api.js";
import { divertedTo } from "./tls-host.js";
import { asksForCapabilities, openClawFolder } from "./under-test.js";

const START_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 60_000;
/** How long those whom the gateway started may take to notice that it is gone. */
const ORPHANS_TIMEOUT_MS = 30_000;
const SHOWN_LOG_LINES = 40;
/** The plugin's new version is in its place by then, and one of the channels does not run. */
const CHANNEL_NOT_STARTED =
  /Plugin channel \w+ could not start: [^]*replacement applied[^]*installation is saved[^]*openclaw plugins reload/;

export interface GatewayOptions {
  readonly keeper: Keeper;
  readonly telegram: TelegramBotApi;
  readonly codexCommand: string;
  /** The Responses API behind OpenClaw's own agent. */
  readonly agentModelUrl: string;
  /** Added to the environment, which is otherwise not the one of this process. */
  readonly environment: NodeJS.ProcessEnv;
  readonly settings: GatewaySettings;
  /** Chat services besides Telegram, whose channels have to be installed. */
  readonly services?: readonly ChannelService[];
}

/** How a command of OpenClaw's ended, and what it said. */
export interface CliResult {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A real OpenClaw gateway in a keeper's folder. It can be stopped, killed and started again, as
 * often as wanted; its state stays.
 */
export class Gateway {
  /** What it wrote to its standard streams in all of its runs, line by line. */
  readonly log = new Journal<string>("the gateway's log", (line) => line);
  get stateFolder(): string {
    return this.#stateFolder;
  }
  /** OpenClaw's configuration, which the gateway itself writes when somebody changes it there. */
  readonly configFile: string;
  /** Whether its last end left processes that it had started, which had to be ended. */
  leftProcesses = false;

  readonly #keeper: Keeper;
  readonly #telegram: TelegramBotApi;
  readonly #services: readonly ChannelService[];
  readonly #codexCommand: string;
  readonly #agentModelUrl: string;
  readonly #environment: NodeJS.ProcessEnv;
  #stateFolder: string;
  #settings: GatewaySettings;
  #child: ChildProcess | undefined;

  constructor(options: GatewayOptions) {
    const { keeper, telegram, codexCommand, agentModelUrl, environment, settings } = options;
    const { services = [] } = options;
    this.#stateFolder = join(keeper.folder, "state");
    this.#keeper = keeper;
    this.#telegram = telegram;
    this.#services = services;
    this.#codexCommand = codexCommand;
    this.#agentModelUrl = agentModelUrl;
    this.configFile = join(keeper.folder, "openclaw.json");
    this.#settings = settings;
    this.#environment = {
      PATH: [join(repositoryRoot, "node_modules", ".bin"), process.env["PATH"]].join(delimiter),
      LANG: "C.UTF-8",
      NO_COLOR: "1",
      HOME: join(keeper.folder, "home"),
      TMPDIR: join(keeper.folder, "tmp"),
      OPENCLAW_STATE_DIR: this.#stateFolder,
      OPENCLAW_CONFIG_PATH: this.configFile,
      OPENCLAW_NO_RESPAWN: "1",
      // As on a machine where OpenClaw has run before: to compile it takes seconds, and every chain has a folder of its own.
      NODE_COMPILE_CACHE: join(repositoryRoot, "node_modules", ".cache", "openclaw"),
      OPENCLAW_PACKAGED_COMPILE_CACHE_RESPAWNED: "1",
      // The package brings all that it needs, so that nothing has to be asked of a registry.
      npm_config_offline: "true",
      npm_config_update_notifier: "false",
      ...environment,
    };
  }

  /**
   * Installs a packed plugin the way a person would. A running OpenClaw restarts its channels for that. A minute after
   * its start it looks whether they all run; if that falls into the very moment in which the update has stopped one, it
   * starts the channel itself, and the update says that the channel could not start, and to reload the plugin.
   */
  async install(tarball: string): Promise<void> {
    const consent = ["--force", ...(asksForCapabilities() ? ["--accept-capabilities"] : [])];
    const installed = await this.cli("plugins", "install", `npm-pack:${tarball}`, ...consent);
    if (installed.status === 0) return;
    if (!CHANNEL_NOT_STARTED.test(installed.stdout + installed.stderr)) {
      throw this.#failed("installing the plugin", installed);
    }
    console.warn(`OpenClaw could not start a channel. Its log:\n${this.log.tail(SHOWN_LOG_LINES)}`);
    const reloaded = await this.cli("plugins", "reload", PLUGIN_ID);
    if (reloaded.status !== 0) throw this.#failed("reloading the plugin", reloaded);
  }

  /** Installs the channels that OpenClaw does not bring, from npm's registry. */
  async installChannels(): Promise<void> {
    for (const { channelPackage } of this.#services) {
      if (channelPackage === undefined) continue;
      const consent = ["--force", ...(asksForCapabilities() ? ["--accept-capabilities"] : [])];
      const args = ["plugins", "install", channelPackage, ...consent];
      const environment = { ...this.#environment, ...registryAccess() };
      const { status, stdout, stderr } = await this.#run(args, environment);
      if (status !== 0) throw notInstalled(channelPackage, `${stdout}${stderr}`);
    }
  }

  /** Runs a command of OpenClaw's, as a person does in a terminal, and waits for its end. */
  cli(...args: readonly string[]): Promise<CliResult> {
    return this.#run(args, this.#environment);
  }

  async #run(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<CliResult> {
    for (const name of ["HOME", "TMPDIR", "OPENCLAW_STATE_DIR"] as const) {
      await mkdir(this.#environment[name] ?? "", { recursive: true, mode: 0o700 });
    }
    const child = await this.#openclaw(args, environment);
    const closed = once(child, "close");
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.on("data", (chunk: Buffer) => (said[name] += chunk.toString("utf8")));
    }
    await closed;
    return { status: child.exitCode ?? child.signalCode ?? "an unknown status", ...said };
  }

  /** Its state lies elsewhere from now on, as after a move to another machine. It must not run. */
  async moveState(name: string): Promise<void> {
    const folder = join(this.#keeper.folder, name);
    await rename(this.#stateFolder, folder);
    this.#stateFolder = folder;
    this.#environment.OPENCLAW_STATE_DIR = folder;
  }

  /** Takes effect with the next start. */
  configure(settings: GatewaySettings): void {
    this.#settings = settings;
  }

  /** Starts it, configured as its settings say. */
  async start(): Promise<void> {
    await this.writeConfig();
    await this.run();
  }

  /** Writes its whole configuration anew. */
  async writeConfig(): Promise<void> {
    const port = await findFreePort();
    for (const service of this.#services) service.gatewayAt?.(`http://127.0.0.1:${port}`);
    const config = gatewayConfig(
      {
        port,
        logFile: join(this.#keeper.folder, "openclaw.log"),
        telegramApiRoot: this.#telegram.url,
        telegramToken: TelegramBotApi.token,
        codexCommand: this.#codexCommand,
        agentModelUrl: this.#agentModelUrl,
        services: this.#services,
      },
      this.#settings,
    );
    await writeFile(this.configFile, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  }

  /** Runs it as it is configured; resolves when it is ready and its channels take messages. */
  async run(): Promise<void> {
    const lastLine = this.log.entries.at(-1);
    const lastCall = this.#telegram.calls.entries.at(-1);
    const givenUp = new AbortController();
    const wait = { timeoutMs: START_TIMEOUT_MS, signal: givenUp.signal };
    const connected = this.#services.map((service) => service.connected(wait));
    // Whoever fails first says so below.
    for (const each of connected) each.catch(() => undefined);
    const ofServices = this.#services.map(({ environment = {} }) => environment);
    const diverted = this.#services.flatMap(({ divertedHosts = [] }) => divertedHosts);
    const hosts = await divertedTo(diverted, this.#keeper.folder);
    const environment = Object.assign({}, this.#environment, hosts, ...ofServices);
    const child = await this.#openclaw(["gateway", "run"], environment);
    this.#child = child;
    try {
      await Promise.race([
        Promise.all([
          this.log.waitFor((line) => line.endsWith("[gateway] ready"), {
            ...wait,
            after: lastLine,
          }),
          this.#telegram.calls.waitFor(({ method }) => method === "getUpdates", {
            ...wait,
            after: lastCall,
          }),
          ...connected,
        ]),
        // The gateway itself goes on without a plugin that does not load.
        this.log
          .waitFor((line) => line.includes(`${PLUGIN_ID} failed`), { ...wait, after: lastLine })
          .then((line) => {
            throw new Error(line);
          }),
        exitOf(child).then((status) => {
          throw new Error(`it ended with ${status} before it was ready`);
        }),
      ]);
    } catch (error) {
      throw this.#failure("the gateway did not start", error);
    } finally {
      givenUp.abort();
    }
  }

  /** Asks it to end, and insists if it does not; then nothing that it started is left either. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Ends it without warning, as a crash would. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    const exited = exitOf(child);
    child.kill(signal);
    const late = new AbortController();
    const insist = sleep(STOP_TIMEOUT_MS, undefined, { signal: late.signal }).then(
      () => child.kill("SIGKILL"),
      () => undefined,
    );
    await exited;
    late.abort();
    await insist;
    // Those whom it started end by themselves when their stdin ends. Codex then takes its commands
    // with it, which it cannot when it is killed.
    this.leftProcesses = !(await processesOfEnded(this.#keeper.folder, ORPHANS_TIMEOUT_MS));
    await endProcessesOf(this.#keeper.folder);
  }

  async #openclaw(args: readonly string[], environment = this.#environment): Promise<ChildProcess> {
    const program = join(openClawFolder(), "openclaw.mjs");
    const child = await this.#keeper.spawn(process.execPath, [program, ...args], {
      cwd: this.#keeper.folder,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => this.log.append(line));
    }
    return child;
  }

  #failed(what: string, { status, stdout, stderr }: CliResult): Error {
    return this.#failure(`${what} ended with ${status}: ${stdout}${stderr}`);
  }

  #failure(what: string, cause?: unknown): Error {
    const reason = cause instanceof Error ? `: ${cause.message}` : "";
    const tail = this.log.tail(SHOWN_LOG_LINES);
    return new Error(`${what}${reason}\nThe end of its log:\n${tail}`, { cause });
  }
}

/** What says how this machine's npm reaches its registry: another registry, a proxy, certificates, who one is there. */
const REGISTRY_ACCESS =
  /^(?:(?:https?|no)_proxy|node_extra_ca_certs|npm_config_(?:registry|@|\/\/|(?:https?[-_]|no)?proxy|cafile|ca$|strict[-_]ssl|(?:user|global)config|fetch[-_]).*)$/i;

function registryAccess(): NodeJS.ProcessEnv {
  const given = Object.entries(process.env).filter(([name]) => REGISTRY_ACCESS.test(name));
  return {
    // The gateway has a home of its own.
    npm_config_userconfig: join(homedir(), ".npmrc"),
    npm_config_cache: process.env["npm_config_cache"] ?? join(homedir(), ".npm"),
    ...Object.fromEntries(given),
    npm_config_offline: "false",
    npm_config_prefer_offline: "true",
  };
}

function notInstalled(channelPackage: string, said: string): Error {
  return new Error(
    `OpenClaw could not install ${channelPackage} from npm's registry, which these tests cannot do without. ` +
      `If the registry was out of reach, run them again. OpenClaw said:\n${said.trim()}`,
  );
}

async function exitOf(child: ChildProcess): Promise<number | string> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode ?? child.signalCode ?? "an unknown status";
}
