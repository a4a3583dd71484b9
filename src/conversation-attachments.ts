/** What comes with a message besides its words, as the host tells it. */
import { fileURLToPath } from "node:url";
import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";

export type AttachmentEvent = Pick<
  PluginHookInboundClaimEvent,
  "media" | "originalMedia" | "mediaStagingPending" | "metadata" | "transcript"
>;

export type Attachment = {
  kind: "picture" | "sound" | "file";
  /** Where it lies on this machine. */
  path: string | undefined;
  url: string | undefined;
  /** Its words are known to stand in the message, or are known to be nowhere; undefined: an older host does not tell. */
  transcribed: boolean | undefined;
};

/** The host's media facts, or what older hosts put into the message's metadata. What names no file is left out. */
export function attachmentsOf(event: AttachmentEvent): Attachment[] {
  const { media = [], metadata = {} } = event;
  const hasTranscript = (event.transcript ?? "").trim() !== "";
  if (media.length > 0) {
    return media
      .filter(({ path, url, contentType, kind }) => path ?? url ?? contentType ?? kind)
      .map(({ path, url, contentType, kind, transcribed }) => ({
        kind: kindOf({ contentType, kind, name: path ?? url }),
        path: localPath(path) ?? localPath(url),
        url: url?.trim(),
        transcribed: hasTranscript || transcribed === true,
      }));
  }
  const paths = strings(metadata.mediaPaths, metadata.mediaPath);
  const urls = strings(metadata.mediaUrls, metadata.mediaUrl);
  const types = strings(metadata.mediaTypes, metadata.mediaType);
  return Array.from({ length: Math.max(paths.length, urls.length) }, (_, index) => ({
    path: paths[index]?.trim() ?? "",
    url: urls[index]?.trim() ?? "",
    type: types[index] ?? types[0] ?? "",
  }))
    .filter(({ path, url }) => path !== "" || url !== "")
    .map(({ path, url, type }) => ({
      kind: kindOf({ contentType: type, kind: undefined, name: path || url }),
      path: localPath(path) ?? localPath(url),
      url,
      transcribed: hasTranscript || undefined,
    }));
}

/** How many files the host has yet to bring to where they can be read. */
export function pendingAttachments(event: AttachmentEvent): number {
  if (event.mediaStagingPending !== true) return 0;
  return Math.max(1, event.originalMedia?.length ?? 0);
}

function kindOf(fact: {
  contentType: string | undefined;
  kind: string | undefined;
  name: string | undefined;
}): Attachment["kind"] {
  const type = fact.contentType || (fact.kind ?? "");
  // A voice message of Telegram's can have the type application/ogg.
  if (fact.kind === "audio" || type.startsWith("audio")) return "sound";
  if (type.startsWith("image")) return "picture";
  if (type === "" && /\.(png|jpe?g|gif|webp|bmp)$/i.test(fact.name ?? "")) return "picture";
  return "file";
}

function strings(list: unknown, single: unknown): string[] {
  if (Array.isArray(list) && list.length > 0) return list.map((entry) => String(entry ?? ""));
  return typeof single === "string" && single !== "" ? [single] : [];
}

function localPath(location: string | undefined): string | undefined {
  const trimmed = location?.trim() ?? "";
  if (trimmed.startsWith("/")) return trimmed;
  if (/^[A-Za-z]:[\\/]/.test(trimmed)) return trimmed;
  if (!trimmed.startsWith("file:")) return undefined;
  try {
    return fileURLToPath(trimmed);
  } catch {
    return undefined;
  }
}
