/** A chat message as the input of a Codex turn: its words, its pictures, and where its other files lie. */
import type { CodexUserInput } from "../app-server/protocol.js";
import type { PluginHookInboundClaimEvent } from "openclaw/plugin-sdk/plugin-entry";
import {
  attachmentsOf,
  pendingAttachments,
  type Attachment,
  type AttachmentEvent,
} from "./attachments.js";
import { surroundingsOf, type SurroundedEvent } from "./surroundings.js";
import { mediaWords } from "../words/media-words.js";

export type { CodexUserInput } from "../app-server/protocol.js";

const ATTACHED = "Attached file: ";

export function textInput(text: string): CodexUserInput {
  return { type: "text", text, text_elements: [] };
}

/** A message with other words; its pictures, files and what it stands in stay. */
export function withOtherWords(input: readonly CodexUserInput[], words: string): CodexUserInput[] {
  const at = input.findLastIndex((part) => part.type === "text");
  const old = input[at];
  if (old?.type !== "text") return [textInput(words), ...input];
  const files = old.text.split("\n\n").filter((paragraph) => paragraph.startsWith(ATTACHED));
  return input.with(at, textInput([words, ...files].join("\n\n")));
}

/** What a message is about, in the person's own words where it has any: they come after what they stand in. */
export function labelOfInput(input: readonly CodexUserInput[]): string {
  const text = input.findLast((part) => part.type === "text");
  return text?.text ?? "(a picture)";
}

/**
 * Builds the input; empty where there is neither a prompt nor a usable attachment. What the words stand in is a text
 * of its own before them. Pictures that the host has staged become local images, those elsewhere keep their address
 * (links are fetched before the turn: see remote-pictures), and other staged files are named in the text. Of what a
 * person has spoken only the transcript counts, which stands in the prompt; another sound is a file. Whatever cannot be
 * given to Codex is told to it in a line, so that it can say so.
 */
export function buildCodexConversationTurnInput(params: {
  prompt: string;
  event: AttachmentEvent & SurroundedEvent;
}): CodexUserInput[] {
  const pictures: CodexUserInput[] = [];
  const files: string[] = [];
  const missing: string[] = [];
  for (const attachment of attachmentsOf(params.event)) {
    const picture = attachment.kind === "picture" ? pictureOf(attachment) : undefined;
    if (picture) pictures.push(picture);
    else if (isSpoken(attachment)) {
      if (attachment.transcribed === false) missing.push(mediaWords.noTranscript);
    } else if (attachment.kind !== "picture" && attachment.path !== undefined) {
      files.push(`${ATTACHED}${attachment.path}`);
    } else missing.push(mediaWords.unreadable(attachment));
  }
  const pending = pendingAttachments(params.event);
  if (pending > 0) missing.push(mediaWords.pending(pending));
  const usable = params.prompt !== "" || files.length > 0 || pictures.length > 0;
  const text = [params.prompt, ...files, ...(usable ? missing : [])]
    .filter((line) => line !== "")
    .join("\n\n");
  const surroundings = usable ? surroundingsOf(params.event) : "";
  return [...[surroundings, text].filter((part) => part !== "").map(textInput), ...pictures];
}

/** Hosts tell a voice message from another sound by its type alone; what is transcribed was spoken in any case. */
function isSpoken({ kind, type, transcribed }: Attachment): boolean {
  if (kind !== "sound") return false;
  return transcribed === true || type === "" || /^(audio|application)\/(ogg|opus)\b/.test(type);
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
  if (attachments.some(isSpoken)) {
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
