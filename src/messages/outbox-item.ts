/** A post as its file in the outbox holds it, and how far it has come. */
import * as z from "zod/mini";
import type { ReplyAddress } from "../chat/delivery.js";

const text = z.string();

const addressSchema = z.object({
  channel: text,
  to: text,
  accountId: z.optional(text),
  threadId: z.optional(z.union([text, z.number()])),
});

const partSchema = z.union([
  z.object({
    text,
    /** It stands in the place of one that the channel does not take. */
    instead: z.optional(z.literal(true)),
    /** It tells that the one before it may be missing; it is sent until it is known to have arrived. */
    ofMissing: z.optional(z.literal(true)),
    /** Of such a one: how often it was sent, and repeated, without anybody's knowing whether it arrived. */
    doubts: z.optional(z.number()),
  }),
  /** A text that goes as a file. */
  z.object({ document: z.object({ name: text, text }) }),
  /** The file that was posted. */
  z.object({ attachment: z.object({ name: text }) }),
]);

/** One message, of which a post can need several. */
export type OutboxPart = z.infer<typeof partSchema>;

/** What a post is, for those who look into the file, and for the words where it cannot be shown. */
const kindSchema = z.enum(["answer", "notice", "file"]);
export type OutboxKind = z.infer<typeof kindSchema>;

const progressSchema = z.object({
  /** So many of the parts are done with. */
  sent: z.number(),
  /**
   * What is known of the next one: that it is not in the chat, that it is on its way, that it may be in the chat since its
   * way was lost sight of, or that it is on its way for the second time, which is the last.
   */
  next: z.enum(["unsent", "sending", "doubtful", "repeating"]),
});

export type OutboxProgress = z.infer<typeof progressSchema>;

const postSchema = z.object({
  schemaVersion: z.literal(1),
  id: text,
  kind: kindSchema,
  address: addressSchema,
  /** Milliseconds since 1970. */
  postedAt: z.number(),
  text: z.optional(text),
  file: z.optional(z.object({ name: text })),
  /** Below the last message of the text. */
  buttons: z.optional(z.array(z.object({ label: text, value: text }))),
  /** So many messages of the text were sent by version 0.1.0, which split texts in another way. */
  sentBy010: z.optional(z.number()),
});

const noteSchema = z.object({
  address: z.optional(addressSchema),
  parts: z.optional(z.array(partSchema)),
  progress: z.optional(progressSchema),
});

export type Note = z.infer<typeof noteSchema>;

export type OutboxPost = Omit<z.infer<typeof postSchema>, "schemaVersion" | "postedAt">;

export type OutboxItem = {
  readonly sessionFile: string;
  readonly post: Omit<z.infer<typeof postSchema>, "schemaVersion" | "address">;
  /** Undefined where it could not be stored: then it lives in memory only. */
  file: string | undefined;
  address: ReplyAddress;
  /** Undefined until it is known what its channel takes. */
  parts: OutboxPart[] | undefined;
  progress: OutboxProgress;
};

/** A post that nothing was sent of. */
export function itemOf(
  sessionFile: string,
  file: string,
  stored: Omit<z.infer<typeof postSchema>, "schemaVersion">,
): OutboxItem {
  const { address, ...post } = stored;
  return {
    sessionFile,
    post,
    file,
    address,
    parts: undefined,
    progress: { sent: 0, next: "unsent" },
  };
}

/** @throws where the first line is no post */
export function readItem(sessionFile: string, file: string, content: string): OutboxItem {
  const [first = "", ...lines] = content.split("\n");
  const item = itemOf(sessionFile, file, postSchema.parse(JSON.parse(first)));
  for (const line of lines) {
    const { address, parts, progress } = readNote(line);
    if (address) item.address = address;
    if (parts) item.parts = parts;
    if (progress) item.progress = progress;
  }
  // The process ended while it was on its way.
  if (item.progress.next === "sending") item.progress = { ...item.progress, next: "doubtful" };
  return item;
}

function readNote(line: string): Note {
  try {
    return line === "" ? {} : noteSchema.parse(JSON.parse(line));
  } catch {
    // Cut off by a crash: what was noted before it counts.
    return {};
  }
}
