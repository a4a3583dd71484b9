/** What comes with a message besides its words, as the host tells it. */
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";

export type AttachmentEvent = Pick<
  PluginHookInboundClaimEvent,
  "media" | "originalMedia" | "mediaStagingPending" | "metadata" | "transcript"
>;

export type Attachment = {
  kind: "picture" | "sound" | "file";
  /** As the host tells it, in lower case; empty if that says nothing. */
  type: string;
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
        type: telling(contentType),
        path: localPath(path) ?? localPath(url),
        url: url?.trim(),
        transcribed: hasTranscript || transcribed === true,
      }));
  }
  const paths = strings(metadata.mediaPaths, metadata.mediaPath);
  const urls = strings(metadata.mediaUrls, metadata.mediaUrl);
  const types = strings(metadata.mediaTypes, metadata.mediaType);
  const count = Math.max(paths.length, urls.length);
  return Array.from({ length: count }, (_, index) => ({
    path: paths[index]?.trim() ?? "",
    url: urls[index]?.trim() ?? "",
    type: types[index] ?? types[0] ?? "",
  }))
    .filter(({ path, url }) => path !== "" || url !== "")
    .map(({ path, url, type }) => ({
      path,
      url,
      type: types.length < count ? likelyType(type, path || url) : type,
    }))
    .map(({ path, url, type }) => ({
      kind: kindOf({ contentType: type, kind: undefined, name: path || url }),
      type: telling(type),
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

/** What the host says goes before what the name says. */
function kindOf(fact: {
  contentType: string | undefined;
  kind: string | undefined;
  name: string | undefined;
}): Attachment["kind"] {
  const type = telling(fact.contentType);
  const kind = telling(fact.kind);
  // A voice message of Telegram's can have the type application/ogg.
  if (kind === "audio" || type.startsWith("audio")) return "sound";
  // Either is enough: a picture can come as a document, or as bytes of a type that nobody told.
  if (isPicture(kind) || isPicture(type)) return "picture";
  return kind === "" && type === "" && hasPictureEnding(fact.name ?? "") ? "picture" : "file";
}

/** A type or kind, empty if it says nothing. */
function telling(word = ""): string {
  const plain = word.trim().toLowerCase();
  return /^(unknown|(application|binary)\/octet-stream)\b/.test(plain) ? "" : plain;
}

/** A sticker is one, too: an older host tells its kind in the place of a type. */
function isPicture(kindOrType: string): boolean {
  return kindOrType === "sticker" || kindOrType.startsWith("image");
}

function hasPictureEnding(name: string): boolean {
  return /^\.(png|jpe?g|gif|webp|bmp)$/i.test(endingOf(name));
}

/** Of a link without what follows the name in it. */
function endingOf(name: string): string {
  return extname(/^https?:/i.test(name) ? (URL.parse(name)?.pathname ?? "") : name);
}

/**
 * Hosts leave out the types that they do not know. Where there are fewer than files, nobody can tell whose they are: a
 * name that tells a picture from another file is surer.
 */
function likelyType(type: string, name: string): string {
  const isSurer = hasPictureEnding(name) || (isPicture(type) && endingOf(name) !== "");
  return isSurer ? "" : type;
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
