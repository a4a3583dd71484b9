/** `/codexchat ls [PATH]`: what lies in the thread's folder. */
import { isFar } from "../app-server/start-options.js";
import { resolveCodexAppServerRuntimeOptions } from "../app-server/config.js";
import { listFolder, type Listed } from "../chat/workspace-listing.js";
import { WorkspaceFileError } from "../chat/workspace-file.js";
import { requireBinding } from "../thread/bound-codex.js";
import { allowedFolders, requireWorkspace } from "../thread/workspace-folder.js";
import { fileWords } from "../words/file-words.js";
import { withSession, type Subcommand } from "./subcommand.js";

export const ls: Subcommand = async (host, ctx, args, text) => {
  const named = (args.length === 1 ? args[0] : text) ?? "";
  return withSession(host, ctx, async (session) => {
    const { cwd, server } = await requireBinding(session.sessionFile);
    const place = { pluginConfig: session.pluginConfig, server };
    const listed = await filesOf(place, cwd || session.data.workspaceDir, named);
    return typeof listed === "string" ? listed : fileWords.list(named, listed);
  });
};

/** A string says why they cannot be shown. @throws CodexConfigError, WorkspaceFolderError, file-system errors */
export async function filesOf(
  place: { pluginConfig: unknown; server: string | undefined },
  cwd: string,
  named: string,
): Promise<Listed[] | string> {
  const runtime = resolveCodexAppServerRuntimeOptions(place);
  if (isFar(runtime.start)) return fileWords.elsewhere;
  await requireWorkspace(cwd, runtime);
  try {
    return await listFolder(named === "" ? "." : named, { cwd, roots: allowedFolders(runtime) });
  } catch (error) {
    if (error instanceof WorkspaceFileError) return error.message;
    throw error;
  }
}
