/**
 * How many pixels a picture has, by its first bytes and without unpacking it: a file of 30 KB can unpack to hundreds of
 * megabytes in the Codex that all chats share. The formats are those that Codex unpacks, and BMP.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** A phone's largest pictures have 200 megapixels, its usual ones 12; models are given far fewer. */
export const MAX_PIXELS = 40_000_000;

/** Bytes of a file, fewer at its end. */
type Read = (offset: number, length: number) => Promise<Buffer>;

/** A JPEG has its size behind its other parts, of which a camera's have a few dozen. */
const MAX_JPEG_PARTS = 1000;

/** Undefined where it is no picture of these formats, or a damaged one. */
export async function pixelsIn(bytes: Buffer): Promise<number | undefined> {
  return pixelsBy(async (offset, length) => bytes.subarray(offset, offset + length));
}

/** The same of a picture that stands in its address. */
export function pixelsOfDataUrl(url: string): Promise<number | undefined> {
  return pixelsIn(bytesOfDataUrl(url));
}

/** The same of a file; undefined, too, where it cannot be read. Never rejects. */
export async function pixelsOfFile(file: string): Promise<number | undefined> {
  try {
    // A pipe would keep the open waiting for its writer.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      if (!(await handle.stat()).isFile()) return undefined;
      return await pixelsBy(async (offset, length) => {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      });
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

async function pixelsBy(read: Read): Promise<number | undefined> {
  const head = await read(0, 30);
  const name = head.toString("latin1");
  if (name.startsWith("\u00FF\u00D8\u00FF")) return pixelsOfJpeg(read);
  if (head.length < 30) return undefined;
  if (name.startsWith("\u0089PNG\r\n\u001A\n"))
    return head.readUInt32BE(16) * head.readUInt32BE(20);
  if (/^GIF8[79]a/.test(name)) return head.readUInt16LE(6) * head.readUInt16LE(8);
  if (name.startsWith("BM")) return pixelsOfBmp(head);
  return /^RIFF[^]{4}WEBP/.test(name) ? pixelsOfWebp(head, name.slice(12, 16)) : undefined;
}

function pixelsOfBmp(head: Buffer): number {
  // The oldest kind of header has shorter numbers; a negative height stands the picture on its head.
  return head.readUInt32LE(14) === 12
    ? head.readUInt16LE(18) * head.readUInt16LE(20)
    : Math.abs(head.readInt32LE(18) * head.readInt32LE(22));
}

function pixelsOfWebp(head: Buffer, kind: string): number | undefined {
  switch (kind) {
    case "VP8X":
      return (head.readUIntLE(24, 3) + 1) * (head.readUIntLE(27, 3) + 1);
    case "VP8L": {
      const bits = head.readUInt32LE(21);
      return ((bits & 0x3fff) + 1) * (((bits >>> 14) & 0x3fff) + 1);
    }
    case "VP8 ":
      return (head.readUInt16LE(26) & 0x3fff) * (head.readUInt16LE(28) & 0x3fff);
    default:
      return undefined;
  }
}

async function pixelsOfJpeg(read: Read): Promise<number | undefined> {
  let at = 2;
  for (let part = 0; part < MAX_JPEG_PARTS; part += 1) {
    // oxlint-disable-next-line no-await-in-loop
    const head = await read(at, 9);
    const marker = head[1] ?? 0;
    if (head.length < 9 || head[0] !== 0xff) return undefined;
    if (marker === 0xff) {
      // A byte that only fills.
      at += 1;
    } else if (isFrame(marker)) {
      return head.readUInt16BE(5) * head.readUInt16BE(7);
    } else {
      at += 2 + head.readUInt16BE(2);
    }
  }
  return undefined;
}

/** Markers of the parts that name the size: all "start of frame" ones. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function bytesOfDataUrl(url: string): Buffer {
  const [head = "", data = ""] = url.split(",", 2);
  return head.endsWith(";base64") ? Buffer.from(data, "base64") : Buffer.alloc(0);
}
