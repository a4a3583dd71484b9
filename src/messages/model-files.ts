/** A file that the model sends into its chat: with the checks of `/codexchat send`, and none that is hidden or holds a key. */
import { runtimeOfBinding } from "../thread/bound-codex.js";
import { isFar } from "../app-server/start-options.js";
import { randomUUID } from "node:crypto";
import path from "node:path";
import type { ReplyAddress } from "../chat/delivery.js";
import { copyOut, FileGrewError, type OutgoingFile } from "../chat/outgoing-files.js";
import { MAX_SENT_BYTES, openWorkspaceFile, WorkspaceFileError } from "../chat/workspace-file.js";
import { operatorPlaces } from "../host/operator-places.js";
import { readCodexAppServerBinding } from "../thread/thread-binding.js";
import { allowedFolders, requireWorkspace } from "../thread/workspace-folder.js";
import { fileWords } from "../words/file-words.js";
import { sendOut, type SentFile } from "./file-sending.js";
import type { MessagesHost } from "./messages-host.js";
import type { ConversationOutbox } from "./outbox.js";

const KEYS =
  /^(?:id_(?:rsa|dsa|ecdsa|ed25519)|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|env))$/i;
const SECRETS =
  /^(?:credentials?|secrets?|passwords?|tokens?)(?:\.(?:json|ya?ml|toml|ini|txt|csv))?$/i;

type Chat = { sessionFile: string; address: ReplyAddress; threadId: string };

/** Never rejects. */
export async function sendModelsFile(
  host: Pick<MessagesHost, "pluginConfig" | "audit" | "warn">,
  outbox: Pick<ConversationOutbox, "post">,
  chat: Chat,
  named: string,
): Promise<SentFile> {
  try {
    return await send(host, outbox, chat, named);
  } catch (error) {
    if (error instanceof WorkspaceFileError) return { isSent: false, text: error.message };
    host.warn(`a file that Codex wanted to send was not sent: ${String(error)}`);
    return { isSent: false, text: fileWords.failed(named, error) };
  }
}

/** @throws WorkspaceFileError, WorkspaceFolderError, CodexConfigError, file-system errors */
async function send(
  host: Pick<MessagesHost, "pluginConfig" | "audit">,
  outbox: Pick<ConversationOutbox, "post">,
  { sessionFile, address, threadId }: Chat,
  named: string,
): Promise<SentFile> {
  const binding = await readCodexAppServerBinding(sessionFile);
  if (binding?.threadId !== threadId || binding.cwd === "") {
    return { isSent: false, text: fileWords.notThisThread };
  }
  const { cwd } = binding;
  const runtime = runtimeOfBinding(host.pluginConfig(), binding);
  if (isFar(runtime.start)) return { isSent: false, text: fileWords.elsewhere };
  await requireWorkspace(cwd, runtime);
  const target = { sessionFile, address, isAnsweredInChat: false };
  const sent = await sendOut(outbox, target, async () => {
    const { copy, inside } = await copyOf(named, { cwd, roots: allowedFolders(runtime) });
    const text = fileWords.byCodex(inside);
    await outbox.post(sessionFile, address, { id: randomUUID(), kind: "notice", text });
    return copy;
  });
  const { channel, accountId, to } = address;
  host.audit({
    event: "file sent",
    by: "codex",
    session: sessionFile,
    channel,
    accountId,
    chat: to,
    outcome: sent.text,
    text: path.resolve(cwd, named),
  });
  return sent;
}

/** @throws WorkspaceFileError, file-system errors */
async function copyOf(
  named: string,
  place: { cwd: string; roots: readonly string[] },
): Promise<{ copy: OutgoingFile; inside: string }> {
  const file = await openWorkspaceFile(named, { ...place, maxBytes: MAX_SENT_BYTES });
  try {
    if (isSecret(file.inside) || isSecret(file.name)) {
      throw new WorkspaceFileError(fileWords.notFromCodex(named));
    }
    const copy = await copyOut(operatorPlaces().stateDir, file, MAX_SENT_BYTES);
    return { copy, inside: file.inside };
  } catch (error) {
    if (error instanceof FileGrewError) throw new WorkspaceFileError(fileWords.changing(named));
    throw error;
  } finally {
    await file.handle.close();
  }
}

/** By its name, and those of its folders. The model reads such a file all the same: this is against sending it by mistake. */
function isSecret(inside: string): boolean {
  return inside
    .split(path.sep)
    .some((name) => name.startsWith(".") || KEYS.test(name) || SECRETS.test(name));
}
