/** Pictures that Codex makes, on their way into a chat. */
import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import type { ReplyAddress } from "../chat/delivery.js";
import type { Answer } from "../thread/answers.js";
import type { ConversationOutbox } from "./outbox.js";

export type Picture = Extract<Answer, { kind: "picture" }>;

/** Beyond what a channel takes as a picture, and what a model makes. */
const MAX_BASE64 = 28_000_000;

/** How the files begin that are taken for pictures. */
const KINDS: readonly [ending: string, start: Buffer][] = [
  ["png", Buffer.from([0x89, 0x50, 0x4e, 0x47])],
  ["jpg", Buffer.from([0xff, 0xd8, 0xff])],
  ["webp", Buffer.from("RIFF")],
  ["gif", Buffer.from("GIF8")],
];

/**
 * Posts pictures as files. Only what came over the wire is sent: the path that Codex names can be any file's, and another
 * machine's. Never rejects.
 */
export async function postPictures(
  outbox: Pick<ConversationOutbox, "post">,
  of: { sessionFile: string; address: ReplyAddress; id: string; pictures: readonly Picture[] },
  warn: (text: string) => void,
): Promise<void> {
  const { sessionFile, address, id, pictures } = of;
  for (const [index, { data }] of pictures.entries()) {
    const bytes = data === undefined || data.length > MAX_BASE64 ? undefined : decoded(data);
    const kind = KINDS.find(([, start]) => bytes?.subarray(0, start.length).equals(start));
    if (!bytes || !kind) continue;
    const path = `${sessionFile}.${randomUUID()}.picture`;
    try {
      // oxlint-disable-next-line no-await-in-loop
      await writeFile(path, bytes, { mode: 0o600, flag: "wx" });
      const file = { name: `picture-${index + 1}.${kind[0]}`, path };
      // oxlint-disable-next-line no-await-in-loop
      await outbox.post(sessionFile, address, { id: `picture:${id}:${index}`, kind: "file", file });
    } catch (error) {
      warn(`a picture could not be stored for its chat: ${String(error)}`);
    } finally {
      // oxlint-disable-next-line no-await-in-loop
      await rm(path, { force: true });
    }
  }
}

function decoded(data: string): Buffer {
  return Buffer.from(data.replace(/^data:[^,]*,/, ""), "base64");
}
