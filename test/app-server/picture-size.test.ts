import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { pixelsIn, pixelsOfFile } from "../../src/app-server/picture-size.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

/** Text as it is, numbers as bytes. */
function bytes(...parts: (string | number)[]): Buffer {
  const all = parts.map((part) =>
    typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from([part]),
  );
  return Buffer.concat([...all, Buffer.alloc(30)]);
}

const zeros = (count: number): string => "\0".repeat(count);
/** A part of a JPEG with this marker and so many bytes in it. */
const part = (marker: number, length: number): string =>
  `\u00FF${String.fromCodePoint(marker, (length + 2) >> 8, (length + 2) & 0xff)}${zeros(length)}`;
const frame = (marker: number): string =>
  `\u00FF${String.fromCodePoint(marker)}\0\u0011\u0008\u0027\u0010\u0027\u0010`;

const PICTURES: Record<string, Buffer> = {
  PNG: bytes("\u0089PNG\r\n\u001A\n", zeros(3), 13, "IHDR", 0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10),
  GIF: bytes("GIF89a", 0x10, 0x27, 0x10, 0x27),
  BMP: bytes("BM", zeros(12), 40, 0, 0, 0, 0x10, 0x27, 0, 0, 0x10, 0x27, 0, 0),
  "BMP that stands on its head": bytes(
    "BM",
    zeros(12),
    40,
    0,
    0,
    0,
    0x10,
    0x27,
    0,
    0,
    0xf0,
    0xd8,
    0xff,
    0xff,
  ),
  "old BMP": bytes("BM", zeros(12), 12, 0, 0, 0, 0x10, 0x27, 0x10, 0x27),
  "WebP with extensions": bytes(
    "RIFF",
    zeros(4),
    "WEBPVP8X",
    zeros(8),
    0x0f,
    0x27,
    0,
    0x0f,
    0x27,
    0,
  ),
  "lossless WebP": bytes("RIFF", zeros(4), "WEBPVP8L", zeros(4), 0x2f, 0x0f, 0xe7, 0xc3, 0x09),
  "lossy WebP": bytes("RIFF", zeros(4), "WEBPVP8 ", zeros(10), 0x10, 0x27, 0x10, 0x27),
  JPEG: bytes("\u00FF\u00D8", part(0xe0, 14), frame(0xc0)),
  "progressive JPEG after a camera's parts": bytes(
    "\u00FF\u00D8",
    part(0xe1, 60_000),
    "\u00FF",
    part(0xe2, 60_000),
    part(0xc4, 10),
    frame(0xc2),
  ),
};

test.each(Object.entries(PICTURES))("the size of a picture is read: %s", async (_kind, picture) => {
  expect(await pixelsIn(picture)).toBe(100_000_000);
  const file = path.join(await temporaryFolder(), "picture");
  await writeFile(file, picture);
  expect(await pixelsOfFile(file)).toBe(100_000_000);
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["a text", Buffer.from("This is no picture at all, but a text.")],
  ["a PNG that was cut off", bytes("\u0089PNG\r\n\u001A\n").subarray(0, 20)],
  ["a JPEG that was cut off", bytes("\u00FF\u00D8", part(0xe0, 14)).subarray(0, 12)],
  ["a JPEG without a size", bytes("\u00FF\u00D8", part(0xe0, 0).repeat(2000))],
  ["a WebP of another kind", bytes("RIFF", zeros(4), "WEBPXXXX")],
])("no size is known of %s", async (_what, content) => {
  expect(await pixelsIn(content)).toBeUndefined();
});

test("no size is known of what is no file", async () => {
  const folder = await temporaryFolder();
  const pipe = path.join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  expect(await pixelsOfFile(pipe)).toBeUndefined();
  expect(await pixelsOfFile(folder)).toBeUndefined();
  expect(await pixelsOfFile(path.join(folder, "missing"))).toBeUndefined();
});
