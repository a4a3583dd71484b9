import type { IncomingMessage } from "node:http";
import { readBody } from "./loopback-server.js";
import { asArray, asObject, asString, isJsonObject, parseJson } from "./wire-guards.js";

export interface Button {
  readonly text: string;
  /** The callback data that a click posts; empty for links and web apps. */
  readonly data: string;
}

export interface UploadedFile {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Buffer;
}

export interface BotApiCall {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly files: readonly UploadedFile[];
}

/** Reads a call's parameters, which clients send as JSON, as a form, or (with files) as multipart. */
export async function readBotApiCall(
  method: string,
  query: URLSearchParams,
  request: IncomingMessage,
): Promise<BotApiCall> {
  const params: Record<string, unknown> = Object.fromEntries(query);
  const files: UploadedFile[] = [];
  const body = await readBody(request);
  const contentType = request.headers["content-type"] ?? "";
  if (contentType.includes("json")) {
    Object.assign(params, asObject(parseJson(body.toString("utf8"))));
  } else if (contentType.includes("form")) {
    // The platform's own parser: `Response` reads both kinds of form.
    const form = await new Response(new Uint8Array(body), {
      headers: { "content-type": contentType },
    }).formData();
    for (const [name, value] of form) {
      if (typeof value === "string") params[name] = value;
      else {
        const bytes = Buffer.from(await value.arrayBuffer());
        files.push({ name: value.name, mimeType: value.type, bytes });
      }
    }
  }
  return { method, params, files };
}

/** The inline keyboard of a call's `reply_markup`, row by row; forms carry it as JSON text. */
export function readInlineKeyboard(replyMarkup: unknown): Button[][] {
  const markup = typeof replyMarkup === "string" ? parseJson(replyMarkup) : replyMarkup;
  return asArray(asObject(markup)["inline_keyboard"]).map((row) =>
    asArray(row)
      .filter(isJsonObject)
      .map((button) => ({
        text: asString(button["text"]),
        data: asString(button["callback_data"]),
      })),
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** A text as its reader sees it: Telegram's HTML subset without tags and with entities decoded. */
export function renderText(text: string, parseMode: unknown): string {
  if (parseMode !== "HTML") return text;
  return text
    .replaceAll(/<\/?[a-z][^>]*>/gi, "")
    .replaceAll(/&(#x?[0-9a-f]+|[a-z]+);/gi, (whole, name: string) => {
      if (!name.startsWith("#")) return ENTITIES[name] ?? whole;
      const hex = name[1]?.toLowerCase() === "x";
      return String.fromCodePoint(Number.parseInt(name.slice(hex ? 2 : 1), hex ? 16 : 10));
    });
}
