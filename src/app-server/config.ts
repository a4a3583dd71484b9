/** Settings of the app-server, resolved: what to start, how long to wait, and what Codex may do. */
import { availableParallelism, homedir } from "node:os";
import path from "node:path";
import { CodexConfigError, CodexServerGoneError, parseConfig } from "./config-error.js";
import {
  agentsConfigSchema,
  appServerConfigSchema,
  DEFAULT_IDLE_SHUTDOWN_MS,
  DEFAULT_SERVER,
  goalSettings,
  isServerName,
  projectsConfigSchema,
  worktreesDirConfigSchema,
  goalsConfigSchema,
  type CodexSandboxMode,
  type CodexServiceTier,
} from "./config-schema.js";
import { asRecord } from "./json.js";
import { permissionsOfMode, type CodexPermissions } from "./permissions.js";
import type { JsonValue } from "./protocol.js";
import { isFar, type CodexAppServerStartOptions } from "./start-options.js";

const TURNS_OF_A_CORE = 32;
const COMMAND_ENV_VARIABLE = "OPENCLAW_CODEX_APP_SERVER_BIN";

export type CodexAppServerRuntimeOptions = CodexPermissions & {
  start: CodexAppServerStartOptions;
  requestTimeoutMs: number;
  /** After so long without work the app-server's process is ended, if not after the usual time; 0: never. */
  idleShutdownMs?: number;
  /** How many turns may be at work at once, if the operator has said so. */
  maxRunningTurns?: number;
  serviceTier?: CodexServiceTier;
  /** Absolute; where a conversation works that names no folder of its own. */
  defaultWorkspaceDir?: string;
  /** Absolute folders that a chat's `--cwd` must lie in; empty: anywhere. */
  workspaceRoots: string[];
  /** Absolute folders that a chat can name in a word. */
  projects?: Readonly<Record<string, string>>;
  /** Absolute; where the worktrees that chats ask for are made. */
  worktreesDir?: string;
  /** False if threads are to have no goals, and no sub-agents. */
  goals?: false;
  agents?: false;
};

/**
 * Resolves the settings of one server in a plugin config (the whole config: `{appServer: {…}, servers: {…}, …}`).
 * Anything invalid is an error and never falls back to more access. What is wrong with one server is no other's matter.
 * @throws CodexConfigError, CodexServerGoneError
 */
export function resolveCodexAppServerRuntimeOptions(params: {
  pluginConfig?: unknown;
  env?: Readonly<Record<string, string | undefined>>;
  /** Its name in `servers`; absent or `default`: that of `appServer`. */
  server?: string | undefined;
}): CodexAppServerRuntimeOptions {
  const env = params.env ?? process.env;
  const settings = settingsIn(params.pluginConfig);
  const server = params.server === DEFAULT_SERVER ? undefined : params.server;
  const section = server === undefined ? "appServer" : `servers.${server}`;
  const described =
    server === undefined ? (settings.appServer ?? {}) : serversIn(settings).get(server);
  if (described === undefined) throw new CodexServerGoneError(server ?? DEFAULT_SERVER);
  const config = parseConfig(appServerConfigSchema, described, section);
  const goals = parseConfig(goalsConfigSchema, settings.goals, "goals");
  const agents = parseConfig(agentsConfigSchema, settings.agents, "agents");
  const projects = Object.entries(
    parseConfig(projectsConfigSchema, settings.projects, "projects") ?? {},
  );
  const worktreesDir = parseConfig(worktreesDirConfigSchema, settings.worktreesDir, "worktreesDir");
  if (config.transport === "websocket" && config.url === undefined) {
    throw new CodexConfigError(
      `${section}.url`,
      `it is needed when ${section}.transport is websocket`,
    );
  }
  const envCommand = env[COMMAND_ENV_VARIABLE]?.trim();
  const [command, commandSource] =
    config.command !== undefined
      ? ([config.command.trim(), "config"] as const)
      : envCommand
        ? ([envCommand, "env"] as const)
        : (["codex", "default"] as const);
  const mode = permissionsOfMode(config.mode);
  return {
    start: {
      ...(server === undefined ? {} : { server }),
      transport: config.transport,
      command,
      commandSource,
      args: config.args,
      ...(config.url === undefined ? {} : { url: config.url }),
      ...(config.authToken === undefined ? {} : { authToken: config.authToken }),
      ...(config.caFile === undefined
        ? {}
        : { caFile: absolutePath(`${section}.caFile`, config.caFile) }),
      headers: config.headers,
      ...(config.passEnv.length === 0 ? {} : { passEnv: config.passEnv }),
      clearEnv: config.clearEnv,
    },
    requestTimeoutMs: config.requestTimeoutMs,
    ...(config.idleShutdownMs === DEFAULT_IDLE_SHUTDOWN_MS
      ? {}
      : { idleShutdownMs: config.idleShutdownMs }),
    ...(config.maxRunningTurns === undefined ? {} : { maxRunningTurns: config.maxRunningTurns }),
    ...(goalSettings({ goals }).enabled ? {} : { goals: false }),
    ...(agents === "on" ? {} : { agents: false }),
    approvalPolicy: config.approvalPolicy ?? mode.approvalPolicy,
    sandbox: config.sandbox ?? mode.sandbox,
    approvalsReviewer: config.approvalsReviewer ?? mode.approvalsReviewer,
    ...(config.serviceTier === undefined ? {} : { serviceTier: config.serviceTier }),
    ...(config.defaultWorkspaceDir === undefined
      ? {}
      : {
          defaultWorkspaceDir: absolutePath(
            `${section}.defaultWorkspaceDir`,
            config.defaultWorkspaceDir,
          ),
        }),
    workspaceRoots: config.workspaceRoots.map((root) =>
      absolutePath(`${section}.workspaceRoots`, root),
    ),
    ...(projects.length === 0
      ? {}
      : {
          projects: Object.fromEntries(
            projects.map(([name, folder]) => [name, absolutePath(`projects.${name}`, folder)]),
          ),
        }),
    ...(worktreesDir === undefined
      ? {}
      : { worktreesDir: absolutePath("worktreesDir", worktreesDir) }),
  };
}

/** The same; undefined if the settings cannot be used, for whoever leaves it to others to say what is wrong with them. */
export function usableRuntimeOptions(
  pluginConfig: unknown,
  server?: string,
): CodexAppServerRuntimeOptions | undefined {
  try {
    return resolveCodexAppServerRuntimeOptions({ pluginConfig, server });
  } catch {
    return undefined;
  }
}

/**
 * How many turns may be at work at once: by default 32 for each core of this machine, and any number on another. A turn
 * waits for its model nearly all the time: Codex itself needs some 0.08 s of a core for one (docs/performance.md). What its
 * commands need only the operator knows.
 */
export function maxRunningTurns({
  maxRunningTurns: said,
  start,
}: Pick<CodexAppServerRuntimeOptions, "maxRunningTurns" | "start">): number {
  if (said !== undefined) return said;
  return !isFar(start) ? TURNS_OF_A_CORE * availableParallelism() : Infinity;
}

/** The sandbox policy of one turn; writing reaches the working folder and the temporary ones, not the network. */
export function codexSandboxPolicyForTurn(
  mode: CodexSandboxMode,
  cwd: string,
): { [key: string]: JsonValue } {
  switch (mode) {
    case "danger-full-access":
      return { type: "dangerFullAccess" };
    case "read-only":
      return { type: "readOnly", networkAccess: false };
    case "workspace-write":
      return {
        type: "workspaceWrite",
        writableRoots: [cwd],
        networkAccess: false,
        excludeTmpdirEnvVar: false,
        excludeSlashTmp: false,
      };
  }
}

/** A leading `~` is the home folder, as people write it in settings and chats. */
export function expandHome(folder: string): string {
  const trimmed = folder.trim();
  return trimmed === "~" || trimmed.startsWith("~/")
    ? path.join(homedir(), trimmed.slice(1))
    : trimmed;
}

/** The names of all servers that the settings describe, well or badly; the one of `appServer` comes first. Never throws. */
export function serverNames(pluginConfig: unknown): string[] {
  const servers = asRecord(asRecord(pluginConfig)?.["servers"]) ?? {};
  return [DEFAULT_SERVER, ...Object.keys(servers).filter(isServerName)];
}

/** What a chat calls a server, if there are several; undefined where there is nothing to tell apart. */
export function shownServer(pluginConfig: unknown, server: string | undefined): string | undefined {
  const isAmongOthers = server !== undefined || serverNames(pluginConfig).length > 1;
  return isAmongOthers ? (server ?? DEFAULT_SERVER) : undefined;
}

/** The server that a person means; phones begin a word with a capital. */
export function serverNamed(pluginConfig: unknown, typed: string): string | undefined {
  const names = serverNames(pluginConfig);
  const wanted = typed.trim().toLowerCase();
  return (
    names.find((name) => name === typed.trim()) ??
    names.find((name) => name.toLowerCase() === wanted)
  );
}

/** Those with a name that can be used. @throws CodexConfigError */
function serversIn(settings: Record<string, unknown>): Map<string, unknown> {
  const servers = asRecord(settings["servers"] ?? {});
  if (!servers) throw new CodexConfigError("servers", "it must be an object");
  return new Map(Object.entries(servers).filter(([name]) => isServerName(name)));
}

/** @throws CodexConfigError */
function settingsIn(pluginConfig: unknown): Record<string, unknown> {
  const settings = asRecord(pluginConfig ?? {});
  if (!settings) throw new CodexConfigError("config", "it must be an object");
  return settings;
}

function absolutePath(setting: string, named: string): string {
  const expanded = expandHome(named);
  if (!path.isAbsolute(expanded)) {
    throw new CodexConfigError(setting, "it must be an absolute path");
  }
  return path.resolve(expanded);
}
