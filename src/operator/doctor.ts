/**
 * Looks for what is wrong with Codex, the folders, the bindings and the plugin's files. It changes nothing and begins no turn: Codex
 * is asked for its version, its account, and whether it has the chats' threads.
 */
import { access, constants, stat } from "node:fs/promises";
import path from "node:path";
import { readCodexAccount, type CodexAccount } from "../app-server/account-facts.js";
import { signsInByKey } from "../app-server/account.js";
import { isAtLeast } from "../app-server/codex-version.js";
import {
  resolveCodexAppServerRuntimeOptions,
  serverNames,
  type CodexAppServerRuntimeOptions,
} from "../app-server/config.js";
import {
  CodexLocalError,
  isDamagedThread,
  isInvalidThreadId,
  isNotStored,
} from "../app-server/errors.js";
import { DEFAULT_SERVER } from "../app-server/config-schema.js";
import { isFar, settingOf } from "../app-server/start-options.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexClient } from "../app-server/protocol.js";
import { findHostBinding } from "../host/host-bindings.js";
import { onlyLooking } from "../host/looking.js";
import { operatorPlaces } from "../host/operator-places.js";
import { resolvePluginConfig } from "../host/plugin-config.js";
import { currentPluginConfig, type PluginHost } from "../host/plugin-host.js";
import { OUR_FOLDER } from "../host/state.js";
import { clientOfSession } from "../thread/bound-codex.js";
import { workspaceRules, type WorkspaceRules } from "../thread/workspace-folder.js";
import { storedChats, type Look, type StoredChat } from "./bound-chats.js";
import type { Finding, FolderProblem } from "./doctor-findings.js";
import { looseFiles } from "./loose-files.js";
import { trustIn } from "./trusted-folders.js";

/** To start a Codex takes a second or two; one that has hung is a finding. */
const CODEX_WITHIN_MS = 20_000;

type SaidOfCodex = { version: string | undefined; account: CodexAccount | undefined };

export type Examination = {
  openclaw: string | undefined;
  codex: SaidOfCodex | undefined;
  /** What the named servers said of themselves; undefined where one could not be asked. */
  servers: ReadonlyMap<string, SaidOfCodex | undefined>;
  chats: number;
  findings: Finding[];
};

/** @throws file-system errors */
export async function examine(look: Look): Promise<Examination> {
  const { host } = look;
  const stateDir = host.runtime.state.resolveStateDir();
  // First of all, since the gateway closes what it reads.
  const loose = await looseFiles(path.join(stateDir, OUR_FOLDER));
  const stored = await onlyLooking(() => storedChats(look));
  const openclaw = versionOf(host);
  const findings: Finding[] = [...hostFindings(openclaw), ...loose];
  const pluginConfig = currentPluginConfig(host);
  const names = serverNames(pluginConfig).filter((name) => name !== DEFAULT_SERVER);
  const [own, ...others] = await Promise.all(
    [undefined, ...names].map((server) => examineServer(pluginConfig, server, stored)),
  );
  const servers = new Map(names.map((name, index) => [name, others[index]?.told]));
  findings.push(
    ...[own, ...others].flatMap((each) => each?.findings ?? []),
    ...(await bindingFindings(look, stored)),
    ...goneFindings(names, stored),
  );
  return { openclaw, codex: own?.told, servers, chats: stored.length, findings };
}

/** One server with its folders and its chats. */
async function examineServer(
  pluginConfig: unknown,
  server: string | undefined,
  all: readonly StoredChat[],
): Promise<{ told: SaidOfCodex | undefined; findings: Finding[] }> {
  const runtime = settings(pluginConfig, server);
  if ("reason" in runtime) {
    const { reason } = runtime;
    return { told: undefined, findings: [{ check: "settings", reason }] };
  }
  const stored = all.filter((chat) => serverOf(chat) === server);
  const rules = await workspaceRules(runtime);
  const codex = await examineCodex(runtime, stored);
  const findings = [
    ...codex.findings,
    ...(await folderFindings(runtime, rules)),
    ...(await chatFolderFindings(runtime, rules, stored)),
  ];
  return { told: codex.told, findings };
}

function serverOf({ state }: StoredChat): string | undefined {
  return state.kind === "bound" ? state.binding.server : undefined;
}

/** Chats whose server has left the settings. */
function goneFindings(names: readonly string[], stored: readonly StoredChat[]): Finding[] {
  return stored.flatMap((chat): Finding[] => {
    const server = serverOf(chat);
    if (!chat.noted || server === undefined || names.includes(server)) return [];
    return [{ check: "server-gone", session: path.basename(chat.sessionFile), server }];
  });
}

function versionOf({ runtime }: PluginHost): string | undefined {
  const version: unknown = runtime.version;
  return typeof version === "string" ? version : undefined;
}

/** What OpenClaw itself does not refuse, but does without. */
function hostFindings(version: string | undefined): Finding[] {
  if (version === undefined) return [];
  const lacks = [
    { lacks: "cards", needs: "2026.7.35" },
    { lacks: "backup", needs: "2026.8.2" },
  ] as const;
  return lacks
    .filter(({ needs }) => !isAtLeast(version, needs))
    .map((lack) => ({ check: "host-version", version, ...lack }));
}

function settings(
  pluginConfig: unknown,
  server: string | undefined,
): CodexAppServerRuntimeOptions | { reason: string } {
  try {
    if (server === undefined) resolvePluginConfig(pluginConfig);
    return resolveCodexAppServerRuntimeOptions({ pluginConfig, server });
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

async function examineCodex(
  runtime: CodexAppServerRuntimeOptions,
  stored: readonly StoredChat[],
): Promise<{ told: SaidOfCodex | undefined; findings: Finding[] }> {
  const { start } = runtime;
  const where = { setting: settingOf(start), isRemote: start.transport === "websocket" };
  const timeoutMs = Math.min(runtime.requestTimeoutMs, CODEX_WITHIN_MS);
  let client: CodexClient;
  try {
    client = await clientOfSession(runtime, undefined, timeoutMs);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const isTooOld = error instanceof CodexLocalError && error.code === "TOO_OLD";
    return { told: undefined, findings: [{ check: "codex", reason, isTooOld, ...where }] };
  }
  const account = await readCodexAccount(client, timeoutMs).catch(() => undefined);
  const { configProblem, serverVersion: version } = client;
  const findings: Finding[] = [];
  if (configProblem !== undefined) {
    // Where a named one keeps it is not known here.
    const isOwn = start.server === undefined && !isFar(start);
    const file = isOwn ? path.join(operatorPlaces().codexHome, "config.toml") : undefined;
    findings.push({ check: "codex-config", reason: configProblem, file, setting: where.setting });
  }
  // With a key of the environment the next turn signs in by itself.
  if (account?.kind === "none" && account.needed && !signsInByKey(runtime.start)) {
    findings.push({ check: "codex-sign-in", ...where });
  }
  const gone = stored.map((chat) => threadFinding(client, chat, timeoutMs));
  findings.push(...(await Promise.all(gone)).flat());
  return { told: { version, account }, findings };
}

/** A thread on which nothing was said yet has no file. */
async function threadFinding(
  client: CodexClient,
  { sessionFile, noted, state }: StoredChat,
  timeoutMs: number,
): Promise<Finding[]> {
  if (!noted || state.kind !== "bound" || state.binding.hasRun === false) return [];
  const { threadId } = state.binding;
  try {
    await callCodex(client, METHODS.readThread, { threadId }, { timeoutMs });
    return [];
  } catch (error) {
    const isGone = isNotStored(error) || isDamagedThread(error) || isInvalidThreadId(error);
    return isGone ? [{ check: "thread-gone", session: path.basename(sessionFile), threadId }] : [];
  }
}

async function folderFindings(
  runtime: CodexAppServerRuntimeOptions,
  rules: WorkspaceRules,
): Promise<Finding[]> {
  const { defaultWorkspaceDir, workspaceRoots, projects = {}, worktreesDir } = runtime;
  const section = settingOf(runtime.start);
  // These are told once, with the default server.
  const ofAll: (readonly [setting: string, folder: string | undefined])[] =
    runtime.start.server === undefined
      ? [
          ...Object.entries(projects).map(([name, place]) => [`projects.${name}`, place] as const),
          ["worktreesDir", worktreesDir],
        ]
      : [];
  const named: typeof ofAll = [
    [`${section}.defaultWorkspaceDir`, defaultWorkspaceDir],
    ...workspaceRoots.map((root) => [`${section}.workspaceRoots`, root] as const),
    ...ofAll,
  ];
  const found = named.map(async ([setting, folder]): Promise<Finding[]> => {
    if (folder === undefined) return [];
    // Chats may be let into what lies above the operator's own files; they just cannot work in that itself.
    const isRoot = setting === `${section}.workspaceRoots`;
    const why = await problemOf(folder, runtime, isRoot ? undefined : rules);
    return why === undefined ? [] : [{ check: "folder", setting, folder, why }];
  });
  return (await Promise.all(found)).flat();
}

async function chatFolderFindings(
  runtime: CodexAppServerRuntimeOptions,
  rules: WorkspaceRules,
  stored: readonly StoredChat[],
): Promise<Finding[]> {
  const isOwn = runtime.start.server === undefined && !isFar(runtime.start);
  const trust = !isOwn ? undefined : await trustIn(operatorPlaces().codexHome);
  const found = stored.map(async ({ sessionFile, noted, state }): Promise<Finding[]> => {
    const folder = state.kind === "bound" ? state.binding.cwd : "";
    if (!noted || folder === "") return [];
    const session = path.basename(sessionFile);
    const why = await problemOf(folder, runtime, rules);
    return [
      ...(why === undefined ? [] : [{ check: "chat-folder", session, folder, why } as const]),
      ...(trust && (await trust.covers(folder))
        ? [{ check: "trust", session, folder, file: trust.file } as const]
        : []),
    ];
  });
  return (await Promise.all(found)).flat();
}

async function problemOf(
  folder: string,
  { start }: CodexAppServerRuntimeOptions,
  rules: WorkspaceRules | undefined,
): Promise<FolderProblem | undefined> {
  const refusal = await rules?.refusal(folder);
  if (refusal === "outside" || refusal === "operators") return refusal;
  // Another machine's folders are not to be seen from here.
  if (isFar(start)) return undefined;
  const facts = await stat(folder).catch(() => undefined);
  if (!facts) return "missing";
  if (!facts.isDirectory()) return "no-folder";
  try {
    await access(folder, constants.R_OK | constants.X_OK);
    return undefined;
  } catch {
    return "unreadable";
  }
}

async function bindingFindings({ live }: Look, stored: readonly StoredChat[]): Promise<Finding[]> {
  const found = stored.map(async ({ sessionFile, noted, state }): Promise<Finding[]> => {
    const session = path.basename(sessionFile);
    if (!noted) {
      const isPending = state.kind !== "bound" || state.binding.askedIn !== undefined;
      return isPending ? [] : [{ check: "no-chat", session, threadId: state.binding.threadId }];
    }
    if (state.kind !== "bound") {
      const reason = state.kind === "unreadable" ? state.reason : undefined;
      return [{ check: "no-thread", session, reason }];
    }
    // OpenClaw's records are in the gateway alone.
    if (!live) return [];
    const { kind } = await findHostBinding(noted.conversation).catch(() => ({ kind: "unknown" }));
    return kind === "none" || kind === "foreign"
      ? [{ check: "not-bound-in-openclaw", session }]
      : [];
  });
  return (await Promise.all(found)).flat();
}
