/** What the host stores with a conversation's binding, and hands back with each of its messages. */
import type { PluginConversationBinding } from "openclaw/plugin-sdk/plugin-entry";
import { resolveCodexAppServerRuntimeOptions } from "../app-server/config.js";
import { asRecord } from "../app-server/json.js";

const KIND = "codex-app-server-session";
const VERSION = 1;

export type CodexConversationBindingData = {
  kind: typeof KIND;
  version: typeof VERSION;
  /** Names the conversation's state; the thread binding lies beside it. Need not exist itself. */
  sessionFile: string;
  /** Where turns work if the thread binding names no folder. */
  workspaceDir: string;
  /** The server on which it was bound, unless that is the one of `appServer`. The thread binding says where it is now. */
  server?: string;
};

export function createCodexConversationBindingData(params: {
  sessionFile: string;
  workspaceDir: string;
  server?: string | undefined;
}): CodexConversationBindingData {
  return {
    kind: KIND,
    version: VERSION,
    sessionFile: params.sessionFile,
    workspaceDir: params.workspaceDir,
    ...(params.server === undefined ? {} : { server: params.server }),
  };
}

/** Our data in a host's binding record; undefined where the binding is absent or not ours. */
export function readCodexConversationBindingData(
  binding: Pick<PluginConversationBinding, "data"> | null | undefined,
): CodexConversationBindingData | undefined {
  return readCodexConversationBindingDataRecord(binding?.data);
}

/** Our data in a stored record; undefined for another kind or version, or without a session file. */
export function readCodexConversationBindingDataRecord(
  record: unknown,
): CodexConversationBindingData | undefined {
  const { kind, version, sessionFile, workspaceDir, server } = asRecord(record) ?? {};
  if (kind !== KIND || version !== VERSION) return undefined;
  if (typeof sessionFile !== "string" || sessionFile.trim() === "") return undefined;
  const folder = typeof workspaceDir === "string" ? workspaceDir.trim() : "";
  return createCodexConversationBindingData({
    sessionFile,
    workspaceDir: folder === "" ? process.cwd() : folder,
    server: typeof server === "string" && server.trim() !== "" ? server : undefined,
  });
}

/** The configured working folder, or the process's. @throws CodexConfigError */
export function resolveCodexDefaultWorkspaceDir(pluginConfig: unknown): string {
  return resolveCodexAppServerRuntimeOptions({ pluginConfig }).defaultWorkspaceDir ?? process.cwd();
}
