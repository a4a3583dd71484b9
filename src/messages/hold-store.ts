/** That a line is on hold, and when it is to continue by itself: `<sessionFile>.hold.json`, for as long as that is so. */
import path from "node:path";
import * as z from "zod/mini";
import {
  listPrivateFolder,
  readPrivateFile,
  removePrivateFile,
  writePrivateFile,
} from "../host/private-files.js";

const SUFFIX = ".hold.json";

const storedHoldSchema = z.object({
  /** Undefined: the line is not on hold, and only to be continued. */
  reason: z.optional(z.enum(["person", "failure"])),
  /** The chat's thread is to continue then; milliseconds since 1970. */
  resume: z.optional(
    z.object({
      at: z.number(),
      threadId: z.string(),
      workspaceDir: z.string(),
      address: z.object({
        channel: z.string(),
        to: z.string(),
        accountId: z.optional(z.string()),
        threadId: z.optional(z.union([z.string(), z.number()])),
      }),
    }),
  ),
});

export type StoredHold = z.infer<typeof storedHoldSchema>;

/** What the process before has left, by session file; what cannot be read is as if it were not there. */
export async function storedHolds(folder: string): Promise<Map<string, StoredHold>> {
  const names = (await listPrivateFolder(folder)).filter((name) => name.endsWith(SUFFIX));
  const read = names.map(async (name): Promise<[string, StoredHold][]> => {
    const sessionFile = path.join(folder, name.slice(0, -SUFFIX.length));
    const hold = await readHold(sessionFile);
    return hold ? [[sessionFile, hold]] : [];
  });
  return new Map((await Promise.all(read)).flat());
}

async function readHold(sessionFile: string): Promise<StoredHold | undefined> {
  try {
    const text = await readPrivateFile(sessionFile + SUFFIX);
    return text === undefined ? undefined : storedHoldSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** @throws file-system errors */
export async function storeHold(sessionFile: string, hold: StoredHold): Promise<void> {
  if (hold.reason === undefined && hold.resume === undefined) {
    await removePrivateFile(sessionFile + SUFFIX);
  } else {
    await writePrivateFile(sessionFile + SUFFIX, `${JSON.stringify(hold)}\n`);
  }
}
