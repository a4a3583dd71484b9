/** How much of each account's limits is used up, as Codex tells with its turns. Hangs on globalThis, as clients do. */
import { limitsIn, type CodexLimit } from "../app-server/account-facts.js";
import type { CodexClient } from "../app-server/protocol.js";
import { processWide } from "../common/process-wide.js";

/** The windows by Codex's names of them, by the account's profile. */
const heard = processWide("limits-heard", () => ({
  clients: new WeakSet<CodexClient>(),
  limits: new Map<string, Map<string, CodexLimit>>(),
}));

/** From now on until the client is no more. */
export function hearLimits(client: CodexClient, authProfileId: string | undefined): void {
  if (heard.clients.has(client)) return;
  heard.clients.add(client);
  client.addNotificationHandler(
    (notification) => {
      const told = limitsIn(notification);
      if (!told) return;
      const profile = authProfileId ?? "";
      // What is left out has not changed.
      heard.limits.set(profile, new Map([...(heard.limits.get(profile) ?? []), ...told]));
    },
    { method: "account/rateLimits/updated" },
  );
}

export function limitsHeard(authProfileId: string | undefined): CodexLimit[] {
  return [...(heard.limits.get(authProfileId ?? "")?.values() ?? [])];
}
