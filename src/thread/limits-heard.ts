/** How much of its account's limits is used up, as a Codex tells with its turns. Hangs on globalThis, as clients do. */
import { limitsIn, type CodexLimit } from "../app-server/account-facts.js";
import type { CodexClient } from "../app-server/protocol.js";
import { processWide } from "../common/process-wide.js";

/** The windows by Codex's names of them. */
const heard = processWide(
  "limits-heard",
  () => new WeakMap<CodexClient, Map<string, CodexLimit>>(),
);

/** From now on; returns the end of it. */
export function hearLimits(client: CodexClient): () => void {
  return client.addNotificationHandler(
    (notification) => {
      const told = limitsIn(notification);
      // What is left out has not changed.
      if (told) heard.set(client, new Map([...(heard.get(client) ?? []), ...told]));
    },
    { method: "account/rateLimits/updated" },
  );
}

export function limitsHeard(client: CodexClient): CodexLimit[] {
  return [...(heard.get(client)?.values() ?? [])];
}
