/**
 * The folders that a chat can choose from without typing: the operator's projects, where Codex has worked lately, and what
 * lies in the roots.
 */
import { isFar } from "../app-server/start-options.js";
import { readdir } from "node:fs/promises";
import path from "node:path";
import {
  resolveCodexAppServerRuntimeOptions,
  type CodexAppServerRuntimeOptions,
} from "../app-server/config.js";
import { listCodexThreads } from "../app-server/thread-list.js";
import { checkWorkspaceFolder } from "../thread/workspace-folder.js";
import { codexOf } from "./codex.js";

/** More than these nobody pages through. */
const OFFERED = 60;
/** Of one root. */
const SUBFOLDERS = 200;

/** `server`: the one whose folders they are. */
type Place = { sessionFile: string; pluginConfig: unknown; server?: string | undefined };

export type OfferedFolder = {
  name: string;
  /** Absolute. */
  path: string;
};

/**
 * Whether a bind that names no folder has several to choose from, and none that the operator has chosen for it. Not where
 * the settings cannot be read: the bind says so.
 */
export function hasToChoose(pluginConfig: unknown): boolean {
  try {
    const settings = resolveCodexAppServerRuntimeOptions({ pluginConfig });
    const { defaultWorkspaceDir, workspaceRoots, projects } = settings;
    const hasSeveral = projects !== undefined || workspaceRoots.length > 1;
    return hasSeveral && defaultWorkspaceDir === undefined;
  } catch {
    return false;
  }
}

/** Those that a chat may work in, each once; the operator's come first, then the ones used last. @throws CodexConfigError */
export async function offeredFolders(chat: Place): Promise<OfferedFolder[]> {
  const runtime = resolveCodexAppServerRuntimeOptions(chat);
  const { workspaceRoots, projects = {}, start } = runtime;
  // Codex that cannot be reached keeps nobody from choosing a folder.
  const recent = await recentFolders(chat).catch(() => []);
  const inRoots = isFar(start) ? [] : await subfolders(workspaceRoots);
  const named = [...Object.values(projects), ...recent, ...workspaceRoots, ...inRoots];
  const allowed = await Promise.all([...new Set(named)].map((folder) => usable(folder, runtime)));
  const paths = [...new Set(allowed)].filter((folder) => folder !== undefined).slice(0, OFFERED);
  const byProject = await Promise.all(
    Object.entries(projects).map(async ([name, folder]) => [await usable(folder, runtime), name]),
  );
  const names = new Map(byProject.map(([folder, name]) => [folder, name]));
  return paths.map((folder) => ({
    name: names.get(folder) ?? nameOf(folder, paths),
    path: folder,
  }));
}

async function recentFolders(chat: Place): Promise<string[]> {
  const { client, timeoutMs } = await codexOf(chat);
  const threads = await listCodexThreads(client, "", timeoutMs);
  return threads.map(({ cwd }) => cwd).filter((cwd) => cwd !== "");
}

/** One level down, by name; hidden ones are nobody's projects. */
async function subfolders(roots: readonly string[]): Promise<string[]> {
  const all = await Promise.all(
    roots.map(async (root) => {
      const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
      return entries
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
        .map(({ name }) => path.join(root, name))
        .toSorted((one, other) => one.localeCompare(other))
        .slice(0, SUBFOLDERS);
    }),
  );
  return all.flat();
}

/** Its real path; undefined where it is gone, or the operator does not let a chat work there. */
async function usable(
  folder: string,
  runtime: CodexAppServerRuntimeOptions,
): Promise<string | undefined> {
  return checkWorkspaceFolder(folder, runtime, { isTyped: true }).catch(() => undefined);
}

/** The folder's own name, with the one above it where two are called the same. */
function nameOf(folder: string, all: readonly string[]): string {
  const name = path.basename(folder);
  const isOnly = all.filter((other) => path.basename(other) === name).length === 1;
  return isOnly ? name : path.join(path.basename(path.dirname(folder)), name);
}
