/**
 * Which folders a chat may work in. Codex works there with the operator's rights, so whatever names one, a chat, a
 * thread or a setting, is looked at here: when it is named, and again when each turn begins.
 */
import { isFar } from "../app-server/start-options.js";
import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { expandHome, type CodexAppServerRuntimeOptions } from "../app-server/config.js";
import { readBoundConversation } from "../host/bound-conversation.js";
import { operatorPlaces } from "../host/operator-places.js";

export type WorkspaceRefusal =
  | "relative"
  | "missing"
  /** Not in the folders that the operator allows. */
  | "outside"
  /** It holds the operator's own configuration or state, lies in them, or is the home folder. */
  | "operators";

/** The folder cannot be used. */
export class WorkspaceFolderError extends Error {
  override readonly name = "WorkspaceFolderError";
  readonly code: WorkspaceRefusal;
  readonly folder: string;

  constructor(code: WorkspaceRefusal, folder: string) {
    super(`${code}: ${folder}`);
    this.code = code;
    this.folder = folder;
  }
}

export type WorkspaceSettings = Pick<
  CodexAppServerRuntimeOptions,
  "workspaceRoots" | "defaultWorkspaceDir" | "projects" | "worktreesDir"
> & { start: Parameters<typeof isFar>[0] };

export type WorkspaceRules = {
  /** Why a chat may not work in the folder, which need not exist; undefined where it may. */
  refusal(folder: string): Promise<WorkspaceRefusal | undefined>;
};

/** The rules as they stand now, for one folder or many. */
export async function workspaceRules(settings: WorkspaceSettings): Promise<WorkspaceRules> {
  const { home, stateDir, configFile, codexHome } = operatorPlaces();
  const kept = await Promise.all([stateDir, codexHome].map(placeOf));
  const held = [...kept, ...(await Promise.all([home, configFile].map(placeOf)))];
  const roots = await Promise.all(allowedFolders(settings).map(placeOf));
  const { defaultWorkspaceDir } = settings;
  // The operator's own choice holds wherever it lies: the roots are for what comes from a chat.
  const byDefault =
    defaultWorkspaceDir === undefined ? undefined : await placeOf(defaultWorkspaceDir);
  const isElsewhere = isFar(settings.start);

  function refusalOf(place: Place): WorkspaceRefusal | undefined {
    const isOperators =
      isTop(place.path) ||
      held.some((inner) => lies(inner, place)) ||
      kept.some((outer) => lies(place, outer));
    if (isOperators) return "operators";
    const isAllowed =
      roots.length === 0 ||
      roots.some((root) => lies(place, root)) ||
      (byDefault !== undefined && isSame(place, byDefault));
    return isAllowed ? undefined : "outside";
  }

  return {
    async refusal(folder) {
      const place = await placeOf(folder);
      // A folder of another machine goes by its name. It may be this machine after all, so what is found here counts too.
      const byName = isElsewhere ? refusalOf(nameOnly(folder)) : undefined;
      return byName ?? refusalOf(place);
    },
  };
}

/** The folders inside which chats may work; none: anywhere. */
export function allowedFolders({
  workspaceRoots,
  projects = {},
  worktreesDir,
}: Pick<WorkspaceSettings, "workspaceRoots" | "projects" | "worktreesDir">): string[] {
  if (workspaceRoots.length === 0) return [];
  const made = worktreesDir === undefined ? [] : [worktreesDir];
  return [...workspaceRoots, ...Object.values(projects), ...made];
}

/** @throws WorkspaceFolderError */
export async function requireWorkspace(folder: string, settings: WorkspaceSettings): Promise<void> {
  const refusal = await (await workspaceRules(settings)).refusal(folder);
  if (refusal !== undefined) throw new WorkspaceFolderError(refusal, folder);
}

/**
 * The folder of a chat's turn, which begins now. One that has gone away is told: Codex would run the turn, and each of its
 * commands would fail. Only of a chat that is known to OpenClaw, since a host that is not says nothing of folders.
 * @throws WorkspaceFolderError
 */
export async function requireTurnFolder(
  folder: string,
  settings: WorkspaceSettings,
  sessionFile: string,
): Promise<void> {
  await requireWorkspace(folder, settings);
  if (isFar(settings.start) || (await realFolder(folder)) !== undefined) return;
  if (await readBoundConversation(sessionFile)) throw new WorkspaceFolderError("missing", folder);
}

/**
 * A folder as a chat or a setting names it, by its real path: absolute, and there already unless it is on another
 * machine. What a chat has typed must lie in the roots, whatever the operator's own choice is.
 * @throws WorkspaceFolderError
 */
export async function checkWorkspaceFolder(
  named: string,
  settings: WorkspaceSettings,
  { isTyped }: { isTyped: boolean },
): Promise<string> {
  const isElsewhere = isFar(settings.start);
  const wanted = isElsewhere ? named.trim() : expandHome(named);
  if (!path.isAbsolute(wanted) && !(isElsewhere && path.win32.isAbsolute(wanted))) {
    throw new WorkspaceFolderError("relative", named);
  }
  const { defaultWorkspaceDir: _, ...withoutDefault } = settings;
  const rules = await workspaceRules(isTyped ? withoutDefault : settings);
  const refusal = await rules.refusal(wanted);
  // Before it is told whether the folder exists: what lies elsewhere is nobody's business.
  if (refusal !== undefined) throw new WorkspaceFolderError(refusal, named);
  if (isElsewhere) return wanted;
  const real = await realFolder(wanted);
  if (real === undefined) throw new WorkspaceFolderError("missing", named);
  return real;
}

async function realFolder(folder: string): Promise<string | undefined> {
  try {
    const real = await realpath(folder);
    return (await stat(real)).isDirectory() ? real : undefined;
  } catch {
    return undefined;
  }
}

export async function realFolderOrName(name: string): Promise<string> {
  return (await realFolder(name)) ?? name;
}

/** By the names alone: links in them are not followed. */
export function isInside(folder: string, root: string): boolean {
  // The folders of an app-server on another machine can be Windows'.
  const flavour = path.isAbsolute(root) ? path : path.win32;
  const way = flavour.relative(root, folder);
  return way.split(flavour.sep, 1)[0] !== ".." && !flavour.isAbsolute(way);
}

/**
 * Where a folder lies: its path with links followed as far as it exists, and what tells it and each folder above it
 * from others, whatever they are called. A file system that does not tell `Project` from `project` has two names for one.
 */
type Place = { path: string; identities: (string | undefined)[] };

async function placeOf(name: string): Promise<Place> {
  const real = await realPath(path.resolve(name));
  return { path: real, identities: await Promise.all(lineage(real).map(identityOf)) };
}

function nameOnly(name: string): Place {
  const flavour = path.isAbsolute(name) ? path : path.win32;
  return { path: flavour.resolve(name), identities: [] };
}

/** Of what does not exist, the part that does is followed: a link above it leads somewhere else just as well. */
async function realPath(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    const above = path.dirname(file);
    return above === file ? file : path.join(await realPath(above), path.basename(file));
  }
}

/** The folder and those above it. */
function lineage(folder: string): string[] {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...lineage(above)];
}

async function identityOf(file: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(file, { bigint: true });
    // Some network file systems have no numbers.
    return ino === 0n ? undefined : `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

function lies(inner: Place, outer: Place): boolean {
  const [identity] = outer.identities;
  return (
    isInside(inner.path, outer.path) ||
    (identity !== undefined && inner.identities.includes(identity))
  );
}

function isSame(one: Place, other: Place): boolean {
  return lies(one, other) && lies(other, one);
}

function isTop(folder: string): boolean {
  const flavour = path.isAbsolute(folder) ? path : path.win32;
  return flavour.parse(folder).root === folder;
}
