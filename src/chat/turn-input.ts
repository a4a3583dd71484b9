/** A chat message as the input of a Codex turn: its words, its pictures, and where its other files lie. */
import type { CodexUserInput } from "../app-server/protocol.js";
import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";
import {
  attachmentsOf,
  pendingAttachments,
  type Attachment,
  type AttachmentEvent,
} from "./attachments.js";
import { mediaWords } from "../words/media-words.js";

export type { CodexUserInput } from "../app-server/protocol.js";

const ATTACHED = "Attached file: ";

export function textInput(text: string): CodexUserInput {
  return { type: "text", text, text_elements: [] };
}

/** What a message is about, in the person's own words where it has any. */
export function labelOfInput(input: readonly CodexUserInput[]): string {
  const text = input.find((part) => part.type === "text");
  return text?.text ?? "(a picture)";
}

/**
 * Builds the input; empty where there is neither a prompt nor a usable attachment. Pictures that the host has
 * staged become local images, those elsewhere keep their address (links are fetched before the turn: see
 * remote-pictures), and other staged files are named in the text. Of a sound only its transcript counts, which
 * stands in the prompt. Whatever cannot be given to Codex is told to it in a line, so that it can say so.
 */
export function buildCodexConversationTurnInput(params: {
  prompt: string;
  event: AttachmentEvent;
}): CodexUserInput[] {
  const pictures: CodexUserInput[] = [];
  const files: string[] = [];
  const missing: string[] = [];
  for (const attachment of attachmentsOf(params.event)) {
    const picture = attachment.kind === "picture" ? pictureOf(attachment) : undefined;
    if (picture) pictures.push(picture);
    else if (attachment.kind === "file" && attachment.path !== undefined) {
      files.push(`${ATTACHED}${attachment.path}`);
    } else if (attachment.kind !== "sound") {
      missing.push(mediaWords.unreadable(attachment));
    } else if (attachment.transcribed === false) missing.push(mediaWords.noTranscript);
  }
  const pending = pendingAttachments(params.event);
  if (pending > 0) missing.push(mediaWords.pending(pending));
  const usable = params.prompt !== "" || files.length > 0 || pictures.length > 0;
  const text = [params.prompt, ...files, ...(usable ? missing : [])]
    .filter((line) => line !== "")
    .join("\n\n");
  return text === "" ? pictures : [textInput(text), ...pictures];
}

/** The input for a Codex on another machine, where the path of a staged file leads nowhere or to another file. */
export function withFilesElsewhere(input: readonly CodexUserInput[]): CodexUserInput[] {
  return input.map((part) => {
    if (part.type !== "text") return part;
    const lines = part.text.split("\n\n").map((line) => {
      const file = line.startsWith(ATTACHED) ? line.slice(ATTACHED.length) : "";
      return /^(\/|[A-Za-z]:[\\/])[^\n]*$/.test(file) ? mediaWords.fileElsewhere(file) : line;
    });
    return textInput(lines.join("\n\n"));
  });
}

/** What to tell the person of a message that holds nothing for Codex; undefined where it is just empty. */
export function whyNothingForCodex(
  event: AttachmentEvent & Partial<Pick<PluginHookInboundClaimEvent, "isGroup">>,
): string | undefined {
  if (pendingAttachments(event) > 0) return mediaWords.sendAgain;
  const attachments = attachmentsOf(event);
  if (attachments.some(({ kind }) => kind === "sound")) {
    return event.isGroup === true
      ? mediaWords.soundNeedsTranscriptInGroup
      : mediaWords.soundNeedsTranscript;
  }
  return attachments.length > 0 ? mediaWords.nothingReadable : undefined;
}

/** The words of a message: typed, or spoken and transcribed by the host. */
export function promptOf(
  event: AttachmentEvent &
    Pick<PluginHookInboundClaimEvent, "content" | "body" | "bodyForAgent" | "media">,
): string {
  const content = (event.content ?? "").trim();
  const typed = event.bodyForAgent?.trim() || (isFramingOnly(event) ? "" : content);
  if (!attachmentsOf(event).some(({ kind }) => kind === "sound")) return typed;
  return isPlaceholder(typed) ? (event.transcript ?? "").trim() : typed;
}

/**
 * Whether the content is nothing but the host's line on channel, sender and time: OpenClaw 2026.9.6 puts that there
 * where a picture comes without words.
 */
function isFramingOnly({
  content,
  body,
  bodyForAgent,
  media = [],
}: Pick<PluginHookInboundClaimEvent, "content" | "body" | "bodyForAgent" | "media">): boolean {
  return (
    media.length > 0 &&
    bodyForAgent?.trim() === "" &&
    content === body &&
    /^\[[^]*[\]:]$/.test(content.trim())
  );
}

/** Hosts put it in the place of words that there are not. */
function isPlaceholder(text: string): boolean {
  return text === "" || /^<media:\w+>( \(\d+ [\w ]+\))?$/.test(text);
}

function pictureOf({ path, url = "" }: Attachment): CodexUserInput | undefined {
  if (path !== undefined) return { type: "localImage", path };
  return /^(data:image\/|https?:\/\/)/i.test(url) ? { type: "image", url } : undefined;
}
