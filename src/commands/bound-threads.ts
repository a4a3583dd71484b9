/** Which threads other chats of this gateway have: two on one would meet in each other's turns. */
import path from "node:path";
import { isGone } from "../host/gone-chats.js";
import { isForgottenBind } from "../thread/asked-binds.js";
import {
  listCodexAppServerBindings,
  readCodexAppServerBinding,
  type CodexAppServerBinding,
} from "../thread/thread-binding.js";
import { runningTurns } from "../thread/active-turns.js";

/** A chat is `bound` to the thread, or has left it while its turn is still `running` there. */
export type ThreadTaken = "bound" | "running";

/** The threads that other chats have, by their ids. */
export async function threadsTakenElsewhere(
  sessionFile: string,
): Promise<Map<string, ThreadTaken>> {
  const taken = new Map<string, ThreadTaken>();
  for (const turn of runningTurns()) {
    if (turn.sessionFile !== sessionFile) taken.set(turn.threadId, "running");
  }
  const sessions = await listCodexAppServerBindings(path.dirname(sessionFile));
  const bindings = await Promise.all(
    sessions.filter((other) => other !== sessionFile).map(heldBinding),
  );
  for (const binding of bindings) if (binding) taken.set(binding.threadId, "bound");
  return taken;
}

/** What a chat has; nothing where it is no more, so that nobody could detach it, and where nobody has allowed its bind. */
async function heldBinding(sessionFile: string): Promise<CodexAppServerBinding | undefined> {
  if (await isGone(sessionFile)) return undefined;
  const binding = await readCodexAppServerBinding(sessionFile);
  return binding && (await isForgottenBind(sessionFile, binding)) ? undefined : binding;
}
