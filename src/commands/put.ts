/** A file with the caption `put it in docs/`: it goes into that folder of the thread's, without a turn of Codex's. */
import { isFar } from "../app-server/start-options.js";
import path from "node:path";
import { limitPermissions } from "../app-server/permissions.js";
import { attachmentsOf, pendingAttachments, type AttachmentEvent } from "../chat/attachments.js";
import { putFile } from "../chat/put-file.js";
import { WorkspaceFileError } from "../chat/workspace-file.js";
import { findFolder } from "../chat/workspace-listing.js";
import { auditCommand } from "../host/audit.js";
import type { CodexConversationBindingData } from "../host/binding-data.js";
import { currentPluginConfig, type CommandContext, type PluginHost } from "../host/plugin-host.js";
import { requireBinding, runtimeOfBinding } from "../thread/bound-codex.js";
import { allowedFolders, requireWorkspace } from "../thread/workspace-folder.js";
import { fileWords } from "../words/file-words.js";
import { turnWords } from "../words/turn-words.js";

export type FilesToPut = { folder: string; files: string[] };

/** Only these words: whatever else is said of a file is for Codex. */
const CAPTION = /^put it (?:in|into) (?<folder>\S(?:.*\S)?)$/i;

/** Undefined if the message asks for nothing of that kind. A sound may be what its words were spoken in. */
export function filesToPut(event: AttachmentEvent, said: string): FilesToPut | undefined {
  const folder = CAPTION.exec(said.trim().replace(/(?<=[\p{L}\p{N}/])[.!]$/u, ""))?.groups?.[
    "folder"
  ];
  const attachments = attachmentsOf(event);
  const isSound = attachments.some(({ kind }) => kind === "sound");
  if (folder === undefined || isSound || pendingAttachments(event) > 0) return undefined;
  const files = attachments.flatMap((attachment) => attachment.path ?? []);
  return files.length > 0 && files.length === attachments.length ? { folder, files } : undefined;
}

/** Never rejects; returns what to say. */
export async function putFiles(
  host: PluginHost,
  ctx: CommandContext,
  { sessionFile, workspaceDir }: CodexConversationBindingData,
  { folder: named, files }: FilesToPut,
): Promise<string> {
  try {
    const binding = await requireBinding(sessionFile);
    const runtime = runtimeOfBinding(currentPluginConfig(host), binding);
    if (isFar(runtime.start)) return fileWords.elsewhere;
    if (limitPermissions(binding, runtime).sandbox === "read-only") return fileWords.readOnly;
    const cwd = binding.cwd || workspaceDir;
    await requireWorkspace(cwd, runtime);
    const folder = await findFolder(named, { cwd, roots: allowedFolders(runtime) });
    if (folder === undefined) return fileWords.noFolder(named, cwd);
    // What lies in them has other programs run: git's hooks, an editor's tasks.
    if (isHidden(folder, (await findFolder(".", { cwd, roots: [] })) ?? cwd)) {
      return fileWords.hidden(named);
    }
    const said: string[] = [];
    for (const file of files) {
      // oxlint-disable-next-line no-await-in-loop
      const { name, size } = await putFile(file, folder);
      said.push(fileWords.put(path.join(named, name), size));
    }
    const outcome = said.join("\n");
    const entry = { event: "file put", session: sessionFile, outcome, text: folder } as const;
    await auditCommand(host, ctx, entry);
    return outcome;
  } catch (error) {
    return error instanceof WorkspaceFileError
      ? error.message
      : turnWords.commandFailed("put", error);
  }
}

function isHidden(folder: string, top: string): boolean {
  return path
    .relative(top, folder)
    .split(path.sep)
    .some((part) => part.startsWith("."));
}
