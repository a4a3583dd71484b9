/**
 * Puts the pictures of a message into its input where Codex cannot get at them by itself, and leaves out those that would
 * take too much of its memory. Links: 0.169 refuses a turn
 * with one in it. Whoever writes in the chat chooses the link, so the host's guard keeps the fetch out of private
 * networks, redirects included. And files, where Codex runs on another machine: those that are no pictures are told of.
 */
import { isFar as isOnAnotherMachine } from "../app-server/start-options.js";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { resolveCodexAppServerRuntimeOptions } from "../app-server/config.js";
import type { SsrFPolicy } from "openclaw/plugin-sdk/ssrf-runtime";
import { textInput, withFilesElsewhere, type CodexUserInput } from "./turn-input.js";
import { MAX_PIXELS, pixelsIn, pixelsOfDataUrl, pixelsOfFile } from "../app-server/picture-size.js";
import { mediaWords } from "../words/media-words.js";

/** A data URL of 5 MB costs Codex 0.169 half a second more than none, one of 20 MB eleven seconds. */
const MAX_BYTES = 5_000_000;
/** All pictures of a message: they hold up its turn. */
const MAX_BYTES_IN_ALL = 15_000_000;
const WITHIN_MS = 15_000;
const MAX_REDIRECTS = 3;

export type PictureOptions = {
  /** Codex cannot read this machine's files. */
  isFar?: boolean;
  /** Nobody waits for the pictures any more. */
  signal?: AbortSignal;
  /** For tests: what the guard lets pass beyond public addresses. */
  policy?: SsrFPolicy;
  withinMs?: number;
};

/** Whether Codex may run on another machine. Settings that cannot be used are the turn's to tell of. */
export function isFarCodex(pluginConfig: unknown, server?: string): boolean {
  try {
    return isOnAnotherMachine(resolveCodexAppServerRuntimeOptions({ pluginConfig, server }).start);
  } catch {
    return false;
  }
}

type Picture = Extract<CodexUserInput, { type: "image" | "localImage" }>;

function isPicture(part: CodexUserInput): part is Picture {
  return part.type === "image" || part.type === "localImage";
}

/** The input with those pictures in it, or with a line on why one is not. Never rejects. */
export async function withFetchedPictures(
  given: CodexUserInput[],
  { isFar = false, signal: outer, policy, withinMs = WITHIN_MS }: PictureOptions = {},
): Promise<CodexUserInput[]> {
  const input = isFar ? withFilesElsewhere(given) : given;
  const isMissing = (part: CodexUserInput): part is Picture =>
    part.type === "image" ? /^https?:/i.test(part.url) : isFar && part.type === "localImage";
  if (!input.some(isPicture)) return input;
  const timeout = AbortSignal.timeout(withinMs);
  const signal = outer ? AbortSignal.any([timeout, outer]) : timeout;
  const parts: CodexUserInput[] = [];
  const missing: string[] = [];
  let left = MAX_BYTES_IN_ALL - bytesIn(input);
  for (const part of input) {
    if (!isMissing(part)) {
      if (isPicture(part) && (await isTooLarge(part))) {
        missing.push(mediaWords.pictureLeftOut(placeOf(part), MAX_PIXELS));
      } else {
        parts.push(part);
      }
      continue;
    }
    const maxBytes = Math.min(MAX_BYTES, left);
    const picture =
      part.type === "image"
        ? await fetchPicture(part.url, { signal, maxBytes, ...(policy && { policy }) })
        : await readPicture(part.path, maxBytes);
    if (typeof picture === "string") {
      missing.push(mediaWords.pictureNotFetched(placeOf(part), picture));
    } else {
      left -= picture.bytes.length;
      const url = `data:${picture.type};base64,${picture.bytes.toString("base64")}`;
      parts.push({ type: "image", url });
    }
  }
  if (missing.length > 0) return withLines(parts, missing);
  return input.some(isMissing) ? parts : input;
}

/** Whether a picture that is there would take too much of Codex's memory. Never rejects. */
async function isTooLarge(part: Picture): Promise<boolean> {
  const pixels =
    part.type === "localImage" ? await pixelsOfFile(part.path) : await pixelsOfDataUrl(part.url);
  return pixels !== undefined && pixels > MAX_PIXELS;
}

/** What pictures that were fetched before take of the limit for all. */
function bytesIn(input: readonly CodexUserInput[]): number {
  const urls = input.flatMap((part) => (part.type === "image" ? [part.url] : []));
  return urls.reduce((sum, url) => sum + (url.startsWith("data:") ? url.length * 0.75 : 0), 0);
}

function withLines(parts: readonly CodexUserInput[], lines: readonly string[]): CodexUserInput[] {
  const [first, ...rest] = parts;
  return first?.type === "text"
    ? [textInput([first.text, ...lines].join("\n\n")), ...rest]
    : [textInput(lines.join("\n\n")), ...parts];
}

type PictureBytes = { type: string; bytes: Buffer };

/** A string says why there is none. */
async function fetchPicture(
  url: string,
  limits: { signal: AbortSignal; maxBytes: number; policy?: SsrFPolicy },
): Promise<PictureBytes | string> {
  const { signal, maxBytes, policy } = limits;
  // Loaded when it is needed: it takes over half a second where the host has not loaded it yet.
  const { fetchWithSsrFGuard, SsrFBlockedError } = await import("openclaw/plugin-sdk/ssrf-runtime");
  try {
    const { response, release } = await fetchWithSsrFGuard({
      url,
      signal,
      maxRedirects: MAX_REDIRECTS,
      auditContext: "codex-conversation picture",
      ...(policy && { policy }),
    });
    try {
      if (!response.ok) return mediaWords.httpStatus(response.status);
      return await pictureOf(await readAtMost(response, maxBytes, signal), maxBytes);
    } finally {
      // Ends a body that was not read to its end, too.
      await release();
    }
  } catch (error) {
    if (signal.aborted) return mediaWords.tooSlow;
    return error instanceof SsrFBlockedError ? mediaWords.privateNetwork : mediaWords.unreachable;
  }
}

/** The same for a file that the host has staged. */
async function readPicture(file: string, maxBytes: number): Promise<PictureBytes | string> {
  try {
    // A pipe would keep the open waiting for its writer, past any time limit, and a device might never end.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const found = await handle.stat();
      if (!found.isFile()) return mediaWords.noPicture;
      const bytes = found.size > maxBytes ? undefined : await handle.readFile();
      return await pictureOf(bytes, maxBytes);
    } finally {
      await handle.close();
    }
  } catch {
    return mediaWords.unreadableFile;
  }
}

/** @param bytes undefined: more than `maxBytes` */
async function pictureOf(
  bytes: Buffer | undefined,
  maxBytes: number,
): Promise<PictureBytes | string> {
  if (!bytes) return maxBytes < MAX_BYTES ? mediaWords.tooMuch : mediaWords.tooLarge(MAX_BYTES);
  const type = pictureType(bytes);
  if (type === undefined) return mediaWords.noPicture;
  const pixels = await pixelsIn(bytes);
  return pixels !== undefined && pixels > MAX_PIXELS
    ? mediaWords.tooManyPixels(MAX_PIXELS)
    : { type, bytes };
}

/** Undefined where there is more. */
async function readAtMost(
  response: Response,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (Number(response.headers.get("content-length")) > maxBytes) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    signal.throwIfAborted();
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** By its first bytes, whatever the server calls it: those that models take. */
function pictureType(bytes: Buffer): string | undefined {
  const begins = bytes.toString("latin1", 0, 12);
  if (begins.startsWith("\u0089PNG\r\n\u001A\n")) return "image/png";
  if (begins.startsWith("\u00FF\u00D8\u00FF")) return "image/jpeg";
  if (/^GIF8[79]a/.test(begins)) return "image/gif";
  return /^RIFF[^]{4}WEBP/.test(begins) ? "image/webp" : undefined;
}

/** A link can hold a secret after the server's name. */
function placeOf(picture: Picture): string {
  if (picture.type === "localImage") return path.basename(picture.path);
  if (picture.url.startsWith("data:")) return "a picture without a name";
  return URL.parse(picture.url)?.host ?? "a link";
}
