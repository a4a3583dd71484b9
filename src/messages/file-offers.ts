/** Buttons below an answer that send a file which it links to, from the thread's folder. */
import { runtimeOfBinding } from "../thread/bound-codex.js";
import { isFar } from "../app-server/start-options.js";
import path from "node:path";
import { keepNewest } from "../common/keep-newest.js";
import type { ChatButton } from "../chat/buttons.js";
import type { ReplyAddress } from "../chat/delivery.js";
import { localFilesIn } from "../chat/local-links.js";
import { MAX_SENT_BYTES, openWorkspaceFile } from "../chat/workspace-file.js";
import { processWide } from "../common/process-wide.js";
import { unguessableId } from "../common/unguessable-id.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { allowedFolders, workspaceRules } from "../thread/workspace-folder.js";
import { fileWords } from "../words/file-words.js";

export const FILES_NAMESPACE = "codexfile";

/** More buttons than a person looks at. */
const OFFERED = 3;
/** Links of an answer that are looked at. */
const LOOKED_AT = 20;
/** The buttons that are remembered, of all chats. */
const REMEMBERED = 300;

/** A file that a button sends, in the chat and from the thread that it was shown for. */
export type OfferedFile = {
  sessionFile: string;
  threadId: string;
  address: ReplyAddress;
  file: string;
};

const offered = processWide("offered-files", () => new Map<string, OfferedFile>());

/** Undefined if the button is too old, or none of this process. */
export function offeredFile(id: string): OfferedFile | undefined {
  return offered.get(id);
}

/** None where the text links to no file that the chat may be sent. @throws CodexConfigError, file-system errors */
export async function fileButtons(
  text: string,
  chat: { sessionFile: string; address: ReplyAddress; pluginConfig: unknown },
): Promise<ChatButton[]> {
  const links = localFilesIn(text).slice(0, LOOKED_AT);
  if (links.length === 0) return [];
  const { sessionFile, address } = chat;
  const binding = await readCodexAppServerBinding(sessionFile);
  const runtime = runtimeOfBinding(chat.pluginConfig, binding);
  if (!binding || binding.cwd === "" || isFar(runtime.start)) return [];
  const { threadId, cwd } = binding;
  if ((await (await workspaceRules(runtime)).refusal(cwd)) !== undefined) return [];
  const buttons: ChatButton[] = [];
  for (const link of links) {
    if (buttons.length >= OFFERED) break;
    // oxlint-disable-next-line no-await-in-loop
    if (!(await canBeSent(link, { cwd, roots: allowedFolders(runtime) }))) continue;
    const id = remember({ sessionFile, threadId, address, file: link });
    const label = fileWords.sendLabel(path.basename(link));
    buttons.push({ label, value: `${FILES_NAMESPACE}:${id}` });
  }
  return buttons;
}

async function canBeSent(
  file: string,
  place: { cwd: string; roots: readonly string[] },
): Promise<boolean> {
  try {
    const { handle } = await openWorkspaceFile(file, { ...place, maxBytes: MAX_SENT_BYTES });
    await handle.close();
    return true;
  } catch {
    return false;
  }
}

/** Under an id that nobody can guess. */
function remember(file: OfferedFile): string {
  const id = unguessableId();
  offered.set(id, file);
  keepNewest(offered, REMEMBERED);
  return id;
}
