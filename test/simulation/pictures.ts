/** Pictures that can be told apart: the beginning of a PNG, then a number. */
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

export function pictureNamed(uid: number): Buffer {
  return Buffer.concat([PNG, Buffer.from(`picture ${uid}`)]);
}

/** Undefined for what is no such picture, or only a part of one. */
function pictureIn(bytes: Buffer): number | undefined {
  const match = /^picture (\d+)$/.exec(bytes.subarray(PNG.length).toString("latin1"));
  return match && bytes.subarray(0, PNG.length).equals(PNG) ? Number(match[1]) : undefined;
}

/** A file as a chat shows it. */
export function fileAsText(name: string, content: Buffer): string {
  return `[file ${name}: ${pictureIn(content) ?? "broken"}]`;
}

/** The number of the picture that a text of a chat stands for. */
export function pictureShown(text: string): number | undefined {
  const match = /^\[file picture-\d+\.png: (\d+)\]$/.exec(text);
  return match ? Number(match[1]) : undefined;
}

/** Whether a text mentions such a file, with whatever the plugin puts into names so that they are no links. */
export function namesPicture(text: string): boolean {
  return /picture-\d+\W*\.\W*png/u.test(text);
}
