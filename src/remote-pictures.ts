/**
 * Fetches the pictures of a message that are only links, since Codex takes files and data URLs alone: 0.169 refuses a
 * turn with a link in it. Whoever writes in the chat chooses the link, so the host's guard keeps the fetch out of
 * private networks, redirects included.
 */
import type { SsrFPolicy } from "openclaw/plugin-sdk/ssrf-runtime";
import { textInput, type CodexUserInput } from "./conversation-turn-input.js";
import { mediaWords } from "./words/media-words.js";

/** A data URL of 20 MB costs Codex 0.169 eleven seconds, and models scale down what is larger than this anyway. */
const MAX_BYTES = 5_000_000;
/** All pictures of a message: they hold up its turn. */
const MAX_BYTES_IN_ALL = 15_000_000;
const WITHIN_MS = 15_000;
const MAX_REDIRECTS = 3;

export type FetchLimits = {
  /** For tests: what the guard lets pass beyond public addresses. */
  policy?: SsrFPolicy;
  withinMs?: number;
};

/** The input with each link's picture in it, or with a line on why it could not be fetched. Never rejects. */
export async function withFetchedPictures(
  input: CodexUserInput[],
  { policy, withinMs = WITHIN_MS }: FetchLimits = {},
): Promise<CodexUserInput[]> {
  if (!input.some(isLink)) return input;
  const signal = AbortSignal.timeout(withinMs);
  const parts: CodexUserInput[] = [];
  const missing: string[] = [];
  let left = MAX_BYTES_IN_ALL;
  for (const part of input) {
    if (!isLink(part)) {
      parts.push(part);
      continue;
    }
    const picture = await fetchPicture(part.url, {
      signal,
      maxBytes: Math.min(MAX_BYTES, left),
      ...(policy && { policy }),
    });
    if (typeof picture === "string") {
      missing.push(mediaWords.pictureNotFetched(placeOf(part.url), picture));
    } else {
      left -= picture.bytes.length;
      const url = `data:${picture.type};base64,${picture.bytes.toString("base64")}`;
      parts.push({ type: "image", url });
    }
  }
  return missing.length === 0 ? parts : withLines(parts, missing);
}

function isLink(part: CodexUserInput): part is Extract<CodexUserInput, { type: "image" }> {
  return part.type === "image" && /^https?:/i.test(part.url);
}

function withLines(parts: readonly CodexUserInput[], lines: readonly string[]): CodexUserInput[] {
  const [first, ...rest] = parts;
  return first?.type === "text"
    ? [textInput([first.text, ...lines].join("\n\n")), ...rest]
    : [textInput(lines.join("\n\n")), ...parts];
}

/** A string says why there is none. */
async function fetchPicture(
  url: string,
  limits: { signal: AbortSignal; maxBytes: number; policy?: SsrFPolicy },
): Promise<{ type: string; bytes: Buffer } | string> {
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
      const bytes = await readAtMost(response, maxBytes, signal);
      if (!bytes) return mediaWords.tooLarge(MAX_BYTES);
      const type = pictureType(bytes);
      return type === undefined ? mediaWords.noPicture : { type, bytes };
    } finally {
      // Ends a body that was not read to its end, too.
      await release();
    }
  } catch (error) {
    if (signal.aborted) return mediaWords.tooSlow;
    return error instanceof SsrFBlockedError ? mediaWords.privateNetwork : mediaWords.unreachable;
  }
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
function placeOf(url: string): string {
  return URL.parse(url)?.host ?? "a link";
}
