/** Which threads other chats of this gateway are bound to: two on one would meet in each other's turns. */
import path from "node:path";
import {
  listCodexAppServerBindings,
  readCodexAppServerBinding,
} from "../app-server/session-binding.js";

/** The ids of the threads that the other chats are bound to. */
export async function threadsBoundElsewhere(sessionFile: string): Promise<Set<string>> {
  const sessions = await listCodexAppServerBindings(path.dirname(sessionFile));
  const bindings = await Promise.all(
    sessions
      .filter((other) => other !== sessionFile)
      .map((other) => readCodexAppServerBinding(other)),
  );
  return new Set(bindings.flatMap((binding) => (binding ? [binding.threadId] : [])));
}
