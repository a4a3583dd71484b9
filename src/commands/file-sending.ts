/** A file on its way into a chat, while the command that asked for it has to answer soon. */
import { deliverReply, WHOLE_REPLY, type ReplyAddress } from "../chat/delivery.js";
import { deliverFile } from "../chat/file-delivery.js";
import { sweepOutgoingFiles, type OutgoingFile } from "../chat/outgoing-files.js";
import type { PluginHost } from "../host/plugin-host.js";
import { fileWords } from "../words/file-words.js";

/** A slow command keeps the later ones of its chat waiting (OpenClaw 2026.9.6): a large file goes on without it. */
const ANSWER_WITHIN_MS = 5000;
/** 50 MB over a slow line at home. */
const GIVE_UP_MS = 15 * 60_000;
/** In the whole gateway, each with a copy on disk. */
const MAX_UNDER_WAY = 4;

let underWay = 0;

/**
 * Sends the file that `prepare` makes ready for it, and removes it. The answer says that it was sent, or, where that
 * takes longer, that it follows: then a failure is told later.
 * @throws what `prepare` throws
 */
export async function sendOut(
  host: PluginHost,
  address: ReplyAddress,
  prepare: () => Promise<OutgoingFile>,
): Promise<string> {
  if (underWay >= MAX_UNDER_WAY) return fileWords.tooMany;
  underWay += 1;
  let file: OutgoingFile;
  try {
    file = await prepare();
  } catch (error) {
    underWay -= 1;
    throw error;
  }
  const failure = deliver(host, address, file).finally(() => (underWay -= 1));
  const timer = Promise.withResolvers<"later">();
  const timeout = setTimeout(timer.resolve, ANSWER_WITHIN_MS, "later");
  const soon = await Promise.race([failure, timer.promise]);
  clearTimeout(timeout);
  if (soon !== "later") return soon ?? fileWords.sent(file.name, file.size);
  void failure.then(async (text) => {
    if (text === undefined) return;
    try {
      await deliverReply(host, address, text, WHOLE_REPLY);
    } catch (error) {
      host.logger.warn(`a chat could not be told that a file was not sent: ${String(error)}`);
    }
  });
  return fileWords.follows(file.name, file.size);
}

/** What to say where it failed. Never rejects. */
async function deliver(
  host: PluginHost,
  address: ReplyAddress,
  file: OutgoingFile,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(GIVE_UP_MS);
  const tooSlow = Promise.withResolvers<never>();
  const giveUp = (): void => tooSlow.reject(new Error("it took too long"));
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    await Promise.race([deliverFile(host, address, file, signal), tooSlow.promise]);
    return undefined;
  } catch (error) {
    return fileWords.failed(file.name, error);
  } finally {
    signal.removeEventListener("abort", giveUp);
    await file.remove().catch(() => undefined);
    await sweepOutgoingFiles(host.runtime.state.resolveStateDir());
  }
}
