/** What LINE takes as messages, and how its reader sees them. */
import { asArray, asObject, asString, isJsonObject, type JsonObject } from "../wire-guards.js";
import { LineRefusal } from "./refusal.js";

/** https://developers.line.biz/en/reference/messaging-api/#send-push-message: as many in one request, replies too */
const MESSAGES = 5;
/** https://developers.line.biz/en/reference/messaging-api/#text-message, counted in units of UTF-16 (docs/messaging-api/text-character-count) */
const TEXT = 5000;
/** https://developers.line.biz/en/reference/messaging-api/#flex-message */
const ALTERNATIVE_TEXT = 1500;
const BUBBLE_BYTES = 30_000;

export interface ShownMessage {
  readonly text: string;
}

/** @throws LineRefusal */
export function readMessages(value: unknown): readonly ShownMessage[] {
  const messages = asArray(value).filter(isJsonObject);
  if (messages.length === 0 || messages.length > MESSAGES) {
    throw new LineRefusal(400, `Size must be between 1 and ${MESSAGES}`, "messages");
  }
  return messages.map((message, index) => read(message, `messages[${index}]`));
}

function read(message: JsonObject, at: string): ShownMessage {
  const type = asString(message["type"]);
  switch (type) {
    case "text":
      checkLength(message["text"], TEXT, `${at}.text`);
      return { text: asString(message["text"]) };
    case "flex":
      checkLength(message["altText"], ALTERNATIVE_TEXT, `${at}.altText`);
      return { text: textsOf(checkBubble(message["contents"], `${at}.contents`)).join("\n") };
    case "image":
      for (const name of ["originalContentUrl", "previewImageUrl"]) {
        checkHttps(message[name], `${at}.${name}`);
      }
      return { text: "" };
    default:
      throw new LineRefusal(400, `Unknown message type: ${type}`, `${at}.type`);
  }
}

function checkLength(value: unknown, most: number, at: string): void {
  const { length } = asString(value);
  if (length === 0) throw new LineRefusal(400, "May not be empty", at);
  if (length > most) throw new LineRefusal(400, `Length must be between 0 and ${most}`, at);
}

/** https://developers.line.biz/en/docs/messaging-api/flex-message-elements/#bubble */
function checkBubble(value: unknown, at: string): JsonObject {
  const bubble = asObject(value);
  if (bubble["type"] !== "bubble") throw new LineRefusal(400, "Unknown container", at);
  if (Buffer.byteLength(JSON.stringify(bubble)) > BUBBLE_BYTES) {
    throw new LineRefusal(400, "Too large", at);
  }
  return bubble;
}

/** https://developers.line.biz/en/reference/messaging-api/#image-message: HTTPS over TLS 1.2 or later */
function checkHttps(value: unknown, at: string): void {
  if (!asString(value).startsWith("https://")) {
    throw new LineRefusal(400, "Must be an HTTPS URL", at);
  }
}

/** The texts of a bubble from top to bottom. */
function textsOf(component: JsonObject): string[] {
  const { header, body, footer, contents, text } = component;
  const own = typeof text === "string" ? [text] : [];
  const parts = [header, body, footer, ...(Array.isArray(contents) ? asArray(contents) : [])];
  return [...own, ...parts.filter(isJsonObject).flatMap(textsOf)];
}
