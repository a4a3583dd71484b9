/** What is said of pictures, sounds and files that do not reach Codex: in brackets to Codex, else to the person. */
import type { Attachment } from "../chat/attachments.js";

const NO_TRANSCRIPT =
  "Codex cannot listen to voice messages, and this one came without a transcript.";

export const mediaWords = {
  noTranscript: "(A voice message came with this, without a transcript, so its words are missing.)",
  pending: (count: number): string =>
    count === 1
      ? "(A file came with this, but OpenClaw has not finished downloading it.)"
      : `(${count} files came with this, but OpenClaw has not finished downloading them.)`,
  unreadable: ({ kind, url = "" }: Pick<Attachment, "kind" | "url">): string =>
    kind === "file" && /^https?:/i.test(url)
      ? `(A file came with this, only as a link: ${url})`
      : `(A ${kind} came with this, but it cannot be read from here.)`,
  fileElsewhere: (path: string): string =>
    `(A file came with this. It is on OpenClaw's machine, at ${path}: if that is not yours, you cannot read it, so say that.)`,
  pictureNotFetched: (place: string, reason: string): string =>
    `(A picture could not be fetched: ${place}: ${reason}.)`,

  pictureLeftOut: (place: string, maxPixels: number): string =>
    `(A picture was left out: ${place}: ${mediaWords.tooManyPixels(maxPixels)}.)`,

  /** Reasons, as in the sentences before. */
  tooManyPixels: (maxPixels: number): string =>
    `it has more than ${maxPixels / 1_000_000} megapixels`,
  tooLarge: (limitBytes: number): string => `it is larger than ${limitBytes / 1_000_000} MB`,
  tooMuch: "together with the pictures before it, it is too large",
  noPicture: "it is not a PNG, JPEG, GIF or WebP picture",
  privateNetwork: "the address is not a public one",
  tooSlow: "the server took too long",
  httpStatus: (status: number): string => `the server answered ${status}`,
  unreachable: "the server could not be reached",
  unreadableFile: "the file no longer exists",

  soundNeedsTranscript: `${NO_TRANSCRIPT} Type it instead, or set up transcription in OpenClaw (tools.media.models).`,
  soundNeedsTranscriptInGroup: `${NO_TRANSCRIPT} In groups OpenClaw transcribes only if the bot has to be mentioned: type it, or write to me in a private chat.`,
  sendAgain: "OpenClaw has not finished downloading this file. Send it again in a minute.",
  nothingReadable: "This file cannot be read from here, so Codex did not get it. Send it again.",
};
