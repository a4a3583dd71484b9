/** Settings of the app-server, resolved: what to start, how long to wait, and what Codex may do. */
import { availableParallelism, homedir } from "node:os";
import path from "node:path";
import { CodexConfigError, parseConfig } from "./config-error.js";
import {
  agentsConfigSchema,
  appServerConfigSchema,
  DEFAULT_IDLE_SHUTDOWN_MS,
  goalSettings,
  projectsConfigSchema,
  worktreesDirConfigSchema,
  goalsConfigSchema,
  type CodexSandboxMode,
  type CodexServiceTier,
} from "./config-schema.js";
import { asRecord } from "./json.js";
import { permissionsOfMode, type CodexPermissions } from "./permissions.js";
import type { JsonValue } from "./protocol.js";
import type { CodexAppServerStartOptions } from "./start-options.js";

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
 * Resolves the `appServer` settings of a plugin config (the whole config: `{appServer: {…}, …}`).
 * Anything invalid is an error and never falls back to more access.
 * @throws CodexConfigError
 */
export function resolveCodexAppServerRuntimeOptions(params: {
  pluginConfig?: unknown;
  env?: Readonly<Record<string, string | undefined>>;
}): CodexAppServerRuntimeOptions {
  const env = params.env ?? process.env;
  const settings = settingsIn(params.pluginConfig);
  const config = parseConfig(appServerConfigSchema, settings.appServer ?? {}, "appServer");
  const goals = parseConfig(goalsConfigSchema, settings.goals, "goals");
  const agents = parseConfig(agentsConfigSchema, settings.agents, "agents");
  const projects = Object.entries(
    parseConfig(projectsConfigSchema, settings.projects, "projects") ?? {},
  );
  const worktreesDir = parseConfig(worktreesDirConfigSchema, settings.worktreesDir, "worktreesDir");
  if (config.transport === "websocket" && config.url === undefined) {
    throw new CodexConfigError(
      "appServer.url",
      "it is needed when appServer.transport is websocket",
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
      transport: config.transport,
      command,
      commandSource,
      args: config.args,
      ...(config.url === undefined ? {} : { url: config.url }),
      ...(config.authToken === undefined ? {} : { authToken: config.authToken }),
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
          defaultWorkspaceDir: absoluteFolder(
            "appServer.defaultWorkspaceDir",
            config.defaultWorkspaceDir,
          ),
        }),
    workspaceRoots: config.workspaceRoots.map((root) =>
      absoluteFolder("appServer.workspaceRoots", root),
    ),
    ...(projects.length === 0
      ? {}
      : {
          projects: Object.fromEntries(
            projects.map(([name, folder]) => [name, absoluteFolder(`projects.${name}`, folder)]),
          ),
        }),
    ...(worktreesDir === undefined
      ? {}
      : { worktreesDir: absoluteFolder("worktreesDir", worktreesDir) }),
  };
}

/** The same; undefined if the settings cannot be used, for whoever leaves it to others to say what is wrong with them. */
export function usableRuntimeOptions(
  pluginConfig: unknown,
): CodexAppServerRuntimeOptions | undefined {
  try {
    return resolveCodexAppServerRuntimeOptions({ pluginConfig });
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
  return start.transport === "stdio" ? TURNS_OF_A_CORE * availableParallelism() : Infinity;
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

/** @throws CodexConfigError */
function settingsIn(pluginConfig: unknown): Record<string, unknown> {
  const settings = asRecord(pluginConfig ?? {});
  if (!settings) throw new CodexConfigError("config", "it must be an object");
  return settings;
}

function absoluteFolder(setting: string, folder: string): string {
  const expanded = expandHome(folder);
  if (!path.isAbsolute(expanded)) {
    throw new CodexConfigError(setting, "it must be an absolute path");
  }
  return path.resolve(expanded);
}
