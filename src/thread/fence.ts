/**
 * What a thread is loaded under: nothing of its folder's runs, and commands get neither the operator's secrets nor the
 * environment of Codex itself.
 *
 * - Codex 0.171 and older trust a folder for good when a thread is *started* there with leave to write, and then run
 *   what its `.codex` names, outside of any sandbox. So no thread is started with it; each turn brings its own sandbox.
 * - What a permission profile denies to be read stays denied under the sandbox of a turn, in all of 0.125 to 0.171.
 */
import { isAtLeast } from "../app-server/codex-version.js";
import {
  codexEnvironment,
  commandEnvironmentPolicy,
  LEAVES_OUT_SECRETS,
  type CommandEnvironmentPolicy,
} from "../app-server/environment.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import type { CodexPermissions } from "../app-server/permissions.js";
import type { CodexClient, JsonValue } from "../app-server/protocol.js";
import { isFar, type CodexAppServerStartOptions } from "../app-server/start-options.js";
import { processWide } from "../common/process-wide.js";
import {
  operatorPlaces,
  operatorSecretPatterns,
  operatorSecrets,
} from "../host/operator-places.js";

const PROFILE = "codex-conversation";

/** Profiles can build on Codex's own from here on. There are no goals before. */
const EXTENDS_SINCE = "0.140.0";

/** What goes with thread/start, thread/resume and thread/fork in the place of the chat's sandbox. */
export type Fence = { sandbox?: "read-only"; config?: { [key: string]: JsonValue } };

/** The fence of a thread that is loaded `how`; `start` is absent where it is not known whose Codex it is. */
export async function fenceOf(
  client: Pick<CodexClient, "serverVersion">,
  how: "started" | "loaded again",
  sandbox: CodexPermissions["sandbox"],
  start: CodexAppServerStartOptions | undefined,
): Promise<Fence> {
  const ofCommands = commandConfig(start);
  // Which files an app-server on another machine has is not known here.
  const denied = start && !isFar(start) ? await deniedFiles() : undefined;
  if (!denied) return { sandbox: "read-only", ...(ofCommands && { config: ofCommands }) };
  const readOnly = { filesystem: { ":root": "read", ...denied } };
  // A goal goes on as soon as its thread is loaded, before there is a turn of ours to bring a sandbox along.
  const canExtend =
    client.serverVersion !== undefined && isAtLeast(client.serverVersion, EXTENDS_SINCE);
  const isOwn = how === "loaded again" && canExtend;
  const writes = isOwn && sandbox === "workspace-write";
  const profile = writes ? { extends: ":workspace", filesystem: denied } : readOnly;
  const isFull = isOwn && sandbox === "danger-full-access";
  return {
    config: {
      ...ofCommands,
      default_permissions: isFull ? ":danger-full-access" : PROFILE,
      permissions: { [PROFILE]: profile },
    },
  };
}

/** What the profile keeps from commands; undefined where there is nothing. */
async function deniedFiles(): Promise<{ [key: string]: JsonValue } | undefined> {
  const places = operatorPlaces();
  const secrets = await operatorSecrets(places);
  if (secrets.length === 0) return undefined;
  // Codex has another sandbox on other systems, where patterns were not tried.
  const patterns = process.platform === "linux" ? await operatorSecretPatterns(places) : [];
  const denied = Object.fromEntries([...secrets, ...patterns].map((file) => [file, "none"]));
  // Deeper, a pattern would go for the files of folders that are not denied: until 0.154 it holds for any of their names.
  return patterns.length === 0 ? denied : { ...denied, glob_scan_max_depth: 1 };
}

function commandConfig(
  start: CodexAppServerStartOptions | undefined,
): { shell_environment_policy: CommandEnvironmentPolicy } | undefined {
  if (!start) return undefined;
  const policy = isFar(start)
    ? LEAVES_OUT_SECRETS
    : commandEnvironmentPolicy(codexEnvironment(process.env, start));
  return Object.keys(policy).length === 0 ? undefined : { shell_environment_policy: policy };
}

/** Threads that had a turn without a sandbox, which takes what is denied with it. */
const unfenced = processWide("unfenced-threads", (): { of: WeakMap<CodexClient, Set<string>> } => ({
  of: new WeakMap(),
}));

/** Whether a turn has taken the thread's fence since it was loaded or the fence was restored. */
export function isUnfenced(client: CodexClient, threadId: string): boolean {
  return unfenced.of.get(client)?.has(threadId) === true;
}

export function noteFenced(client: CodexClient, threadId: string): void {
  unfenced.of.get(client)?.delete(threadId);
}

/** Codex older than this has no way to, until the thread is loaded again: see `reload-unfenced`. */
export const FENCES_RESTORED_SINCE = "0.169.0";

/** Called before each turn: a chat that has had full access and has it no more gets its fence back. */
export async function restoreFence(
  client: CodexClient,
  threadId: string,
  sandbox: CodexPermissions["sandbox"],
  timeoutMs: number,
): Promise<void> {
  if (sandbox === "danger-full-access") {
    const threads = unfenced.of.get(client) ?? new Set();
    unfenced.of.set(client, threads.add(threadId));
    return;
  }
  if (!isUnfenced(client, threadId)) return;
  noteFenced(client, threadId);
  const params = { threadId, permissions: PROFILE };
  await callCodex(client, METHODS.updateThreadSettings, params, { timeoutMs }).catch(
    () => undefined,
  );
}
