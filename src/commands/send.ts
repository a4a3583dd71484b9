/** `/codexchat send PATH`: a file from the thread's folder, into the chat; a folder as an archive. */
import path from "node:path";
import { isFar } from "../app-server/start-options.js";
import { canDeliverFiles } from "../chat/delivery.js";
import { requireBinding, runtimeOfBinding } from "../thread/bound-codex.js";
import { filesBelow, findFolder } from "../chat/workspace-listing.js";
import { writeZip } from "../chat/zip.js";
import { zipOut, copyOut, FileGrewError, type OutgoingFile } from "../chat/outgoing-files.js";
import { fileWords } from "../words/file-words.js";
import { auditCommand } from "../host/audit.js";
import { MAX_SENT_BYTES, openWorkspaceFile, WorkspaceFileError } from "../chat/workspace-file.js";
import { allowedFolders, requireWorkspace } from "../thread/workspace-folder.js";
import { runningConversationMessages } from "../messages/process-messages.js";
import { sendOut } from "../messages/file-sending.js";
import { addressOf } from "./reply-address.js";
import { withSession, type Subcommand } from "./subcommand.js";

export const send: Subcommand = async (host, ctx, args, text) => {
  // Quotes and blanks in names: the one argument where it was quoted, else all that was typed.
  const named = args.length === 1 ? args[0] : text;
  if (named === undefined || named.trim() === "") return undefined;
  return withSession(host, ctx, async ({ sessionFile, pluginConfig, data }) => {
    const binding = await requireBinding(sessionFile);
    const runtime = runtimeOfBinding(pluginConfig, binding);
    if (isFar(runtime.start)) return fileWords.elsewhere;
    const address = addressOf(ctx);
    if (!address || !(await canDeliverFiles(host, address.channel))) return fileWords.noFilesHere;
    try {
      const cwd = binding.cwd || data.workspaceDir;
      await requireWorkspace(cwd, runtime);
      const outbox = runningConversationMessages()?.outbox;
      if (!outbox) return fileWords.noFilesHere;
      const place = { cwd, roots: allowedFolders(runtime) };
      const stateDir = host.runtime.state.resolveStateDir();
      const { text: said } = await sendOut(
        outbox,
        { sessionFile, address, isAnsweredInChat: true },
        () => copyOf(named, place, stateDir),
      );
      await auditCommand(host, ctx, {
        event: "file sent",
        session: sessionFile,
        outcome: said,
        text: path.resolve(place.cwd, named),
      });
      return said;
    } catch (error) {
      if (error instanceof WorkspaceFileError) return error.message;
      throw error;
    }
  });
};

/** @throws WorkspaceFileError, file-system errors */
async function copyOf(
  named: string,
  place: { cwd: string; roots: readonly string[] },
  stateDir: string,
): Promise<OutgoingFile> {
  const folder = await findFolder(named, place);
  if (folder !== undefined) return zipOf(folder, place, stateDir);
  const file = await openNamed(named, { ...place, maxBytes: MAX_SENT_BYTES });
  try {
    return await copyOut(stateDir, file, MAX_SENT_BYTES);
  } catch (error) {
    if (error instanceof FileGrewError) throw new WorkspaceFileError(fileWords.changing(named));
    throw error;
  } finally {
    await file.handle.close();
  }
}

async function zipOf(
  folder: string,
  place: { cwd: string; roots: readonly string[] },
  stateDir: string,
): Promise<OutgoingFile> {
  const name = path.basename(folder);
  try {
    const files = filesBelow(folder, { ...place, maxBytes: MAX_SENT_BYTES });
    return await zipOut(stateDir, `${name}.zip`, (target) =>
      writeZip(target, files, MAX_SENT_BYTES),
    );
  } catch (error) {
    if (error instanceof FileGrewError) {
      throw new WorkspaceFileError(fileWords.folderTooLarge(name));
    }
    throw error;
  }
}

/** Codex names a place in a file as `src/main.ts:12` or `src/main.ts:12:3`. */
async function openNamed(
  named: string,
  place: Parameters<typeof openWorkspaceFile>[1],
): ReturnType<typeof openWorkspaceFile> {
  try {
    return await openWorkspaceFile(named, place);
  } catch (error) {
    const file = named.replace(/(:\d+){1,2}$/, "");
    if (file === named) throw error;
    return await openWorkspaceFile(file, place);
  }
}
