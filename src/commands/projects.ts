/** Folders that the operator has given a name: a chat names them in a word. */
import { usableRuntimeOptions } from "../app-server/config.js";
import type { BindArguments } from "./arguments.js";

type Projects = Readonly<Record<string, string>> | undefined;

/** None where the settings cannot be read: whoever binds says so. */
export function projectsOf(pluginConfig: unknown): Projects {
  return usableRuntimeOptions(pluginConfig)?.projects;
}

/** The arguments with a project's folder in the place of its name, which may stand alone or after `--cwd`. */
export function withProject(args: BindArguments, projects: Projects): BindArguments {
  const { threadId, cwd, ...rest } = args;
  const alone = threadId === undefined ? undefined : folderOf(threadId, projects);
  if (alone !== undefined && cwd === undefined) return { ...rest, cwd: alone };
  const named = cwd === undefined ? undefined : folderOf(cwd, projects);
  return named === undefined ? args : { ...args, cwd: named };
}

/** Phones begin a word with a capital. */
function folderOf(name: string, projects: Projects = {}): string | undefined {
  const wanted = name.trim().toLowerCase();
  return Object.entries(projects).find(([known]) => known.toLowerCase() === wanted)?.[1];
}
