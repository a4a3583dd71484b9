/**
 * What is known of a chat's goal beside what Codex stores: `<sessionFile>.goal.json`, there from the goal's first turn
 * until it has ended.
 */
import path from "node:path";
import * as z from "zod/mini";
import {
  listPrivateFolder,
  readPrivateFile,
  removePrivateFile,
  writePrivateFile,
} from "../host/private-files.js";

const SUFFIX = ".goal.json";

const goalRunSchema = z.object({
  threadId: z.string(),
  objective: z.string(),
  /** Turns since it was set, or since a person had it continue. */
  turns: z.number(),
  /** The last of them whose beginning was heard. */
  lastTurnId: z.optional(z.string()),
  /** It was paused for the chat's messages, and is to continue after them. */
  held: z.boolean(),
  /** It has used its turns and is paused for that; the chat has yet to decide what follows. */
  spent: z.optional(z.boolean()),
});

export type GoalRun = z.infer<typeof goalRunSchema>;

/** The session files in a folder that have a goal at work, or one that waits to be continued. */
export async function listGoalRuns(folder: string): Promise<string[]> {
  return (await listPrivateFolder(folder))
    .filter((name) => name.endsWith(SUFFIX))
    .toSorted()
    .map((name) => path.join(folder, name.slice(0, -SUFFIX.length)));
}

/** Undefined if there is none, and if the file cannot be used: Codex has the goal itself. */
export async function readGoalRun(sessionFile: string): Promise<GoalRun | undefined> {
  try {
    const text = await readPrivateFile(sessionFile + SUFFIX);
    return text === undefined ? undefined : goalRunSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** @throws file-system errors */
export async function writeGoalRun(sessionFile: string, run: GoalRun): Promise<void> {
  await writePrivateFile(sessionFile + SUFFIX, `${JSON.stringify(run)}\n`);
}

/** @throws file-system errors */
export async function removeGoalRun(sessionFile: string): Promise<void> {
  await removePrivateFile(sessionFile + SUFFIX);
}
