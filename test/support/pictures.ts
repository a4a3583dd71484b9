import { crc32, deflateSync } from "node:zlib";
import type { ModelRequest } from "./model-request.js";
import { asArray, asObject, asString, type JsonObject } from "./wire-guards.js";

/** A black picture, so many pixels wide, of one line unless said otherwise. */
export function png(width: number, height = 1): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a channel, RGB.
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from("\u0089PNG\r\n\u001A\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.alloc(height * (1 + 3 * width)))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(8 + body.length);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), 4 + body.length);
  return framed;
}

/** How wide the pictures are that the model is shown with the last message, in order. */
export function widthsOf({ body }: ModelRequest): number[] {
  const messages = asArray(body["input"]).map(asObject);
  return widthsIn(messages.findLast(({ role }) => role === "user") ?? {});
}

/** The same of all that was said on the thread. */
export function allWidthsOf({ body }: ModelRequest): number[] {
  return asArray(body["input"]).map(asObject).flatMap(widthsIn);
}

function widthsIn(message: JsonObject): number[] {
  return asArray(message["content"])
    .map((part) => asString(asObject(part)["image_url"]))
    .filter((url) => url.startsWith("data:image/png;base64,"))
    .map((url) => Buffer.from(url.slice(url.indexOf(",") + 1), "base64").readUInt32BE(16));
}
