/** A chat message as the input of a Codex turn: its words, its pictures, and where its other files lie. */
import { fileURLToPath } from "node:url";
import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";

export type CodexUserInput =
  | { type: "text"; text: string; text_elements: [] }
  | { type: "localImage"; path: string }
  | { type: "image"; url: string };

export function textInput(text: string): CodexUserInput {
  return { type: "text", text, text_elements: [] };
}

/** What a message is about, in the person's own words where it has any. */
export function labelOfInput(input: readonly CodexUserInput[]): string {
  const text = input.find((part) => part.type === "text");
  return text?.text ?? "(a picture)";
}

type Attachment = { path: string | undefined; url: string | undefined; type: string };

/**
 * Builds the input; empty where there is neither a prompt nor a usable attachment. Pictures that the host has
 * staged become local images, inline data URLs stay as they are, and other staged files are named in the text.
 * Codex 0.169 refuses links to pictures, and files that are still being staged cannot be read: both are left out.
 */
export function buildCodexConversationTurnInput(params: {
  prompt: string;
  event: Pick<PluginHookInboundClaimEvent, "media" | "metadata">;
}): CodexUserInput[] {
  const images: CodexUserInput[] = [];
  const files: string[] = [];
  for (const attachment of attachmentsOf(params.event)) {
    const staged = localPath(attachment.path) ?? localPath(attachment.url);
    if (isImage(attachment)) {
      if (staged !== undefined) images.push({ type: "localImage", path: staged });
      else if (attachment.url?.startsWith("data:image/")) {
        images.push({ type: "image", url: attachment.url });
      }
    } else if (staged !== undefined && !attachment.type.startsWith("audio")) {
      files.push(staged);
    }
  }
  const text = [params.prompt, ...files.map((file) => `Attached file: ${file}`)]
    .filter((line) => line !== "")
    .join("\n\n");
  return text === "" ? images : [textInput(text), ...images];
}

/** The host's media facts, or what older hosts put into the message's metadata. */
function attachmentsOf(
  event: Pick<PluginHookInboundClaimEvent, "media" | "metadata">,
): Attachment[] {
  if (event.media !== undefined && event.media.length > 0) {
    return event.media.map((fact) => ({
      path: fact.path,
      url: fact.url,
      type: fact.contentType ?? fact.kind ?? "",
    }));
  }
  const metadata = event.metadata ?? {};
  const paths = strings(metadata.mediaPaths, metadata.mediaPath);
  const urls = strings(metadata.mediaUrls, metadata.mediaUrl);
  const types = strings(metadata.mediaTypes, metadata.mediaType);
  return Array.from({ length: Math.max(paths.length, urls.length) }, (_, index) => ({
    path: paths[index],
    url: urls[index],
    type: types[index] ?? types[0] ?? "",
  }));
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

function isImage(attachment: Attachment): boolean {
  return (
    attachment.type.startsWith("image") ||
    (attachment.type === "" &&
      /\.(png|jpe?g|gif|webp|bmp)$/i.test(attachment.path ?? attachment.url ?? ""))
  );
}
