/** Writes a zip archive, file by file, as it is sent to a chat. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
import type { FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { crc32, deflateRaw } from "node:zlib";
import { FileGrewError } from "./outgoing-files.js";

const deflate = promisify(deflateRaw);

export type ZipEntry = {
  /** With slashes, and no way up. */
  name: string;
  data: Buffer;
};

const VERSION = 20;
/** The names are UTF-8. */
const FLAGS = 0x0800;
const DEFLATED = 8;
/** 1 January 1980, the first day that the format knows: archives of the same files are the same. */
const DATE = 0x0021;

/** Returns how many bytes it wrote. @throws FileGrewError beyond `maxBytes`, file-system errors */
export async function writeZip(
  target: FileHandle,
  entries: AsyncIterable<ZipEntry>,
  maxBytes: number,
): Promise<number> {
  const directory: Buffer[] = [];
  let size = 0;
  const write = async (piece: Buffer): Promise<void> => {
    size += piece.length;
    if (size > maxBytes) throw new FileGrewError();
    await target.writeFile(piece);
  };
  for await (const { name, data } of entries) {
    const packed = await deflate(data);
    const label = Buffer.from(name, "utf8");
    const facts = factsOf(data, packed, label);
    const at = size;
    await write(Buffer.concat([signature(0x04034b50), facts, label, packed]));
    directory.push(directoryEntry(facts, label, at));
  }
  const start = size;
  const listing = Buffer.concat(directory);
  await write(Buffer.concat([listing, endOf(directory.length, listing.length, start)]));
  return size;
}

function signature(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

/** What stands before a file and, once more, in the directory at the end. */
function factsOf(data: Buffer, packed: Buffer, label: Buffer): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(VERSION, 0);
  bytes.writeUInt16LE(FLAGS, 2);
  bytes.writeUInt16LE(DEFLATED, 4);
  bytes.writeUInt16LE(DATE, 8);
  bytes.writeUInt32LE(crc32(data), 10);
  bytes.writeUInt32LE(packed.length, 14);
  bytes.writeUInt32LE(data.length, 18);
  bytes.writeUInt16LE(label.length, 22);
  return bytes;
}

function directoryEntry(facts: Buffer, label: Buffer, at: number): Buffer {
  const madeBy = Buffer.alloc(2);
  madeBy.writeUInt16LE(VERSION);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(at, 10);
  return Buffer.concat([signature(0x02014b50), madeBy, facts, rest, label]);
}

function endOf(count: number, length: number, start: number): Buffer {
  const bytes = Buffer.alloc(22);
  bytes.writeUInt32LE(0x06054b50, 0);
  bytes.writeUInt16LE(count, 8);
  bytes.writeUInt16LE(count, 10);
  bytes.writeUInt32LE(length, 12);
  bytes.writeUInt32LE(start, 16);
  return bytes;
}
