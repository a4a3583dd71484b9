/** `/codexchat servers`: the app-servers of the gateway, and for its owners how each of them is. */
import { codexClientPool } from "../app-server/client-pool.js";
import { DEFAULT_SERVER } from "../app-server/config-schema.js";
import { resolveCodexAppServerRuntimeOptions, serverNames } from "../app-server/config.js";
import { isOwner } from "../host/owners.js";
import { currentHostConfig, currentPluginConfig, type PluginHost } from "../host/plugin-host.js";
import { conversationsFolder } from "../host/state.js";
import { listCodexAppServerBindings, readCodexAppServerBinding } from "../thread/thread-binding.js";
import { connectedTo, loadOf } from "../thread/turn-places.js";
import { reasonOf } from "../words/failure-words.js";
import { serverWords, type ServerFacts } from "../words/server-words.js";
import { sessionOf, type Subcommand } from "./subcommand.js";

export const servers: Subcommand = async (host, ctx, args) => {
  if (args.length > 0) return undefined;
  const pluginConfig = currentPluginConfig(host);
  const names = serverNames(pluginConfig);
  const session = await sessionOf(host, ctx);
  const bound = session && (await readCodexAppServerBinding(session.sessionFile));
  const here = bound && (bound.server ?? DEFAULT_SERVER);
  if (!isOwner(currentHostConfig(host), ctx)) return serverWords.list(names, here);
  const chats = await chatsByServer(host);
  const facts = names.map((name) => factsOf(pluginConfig, name, chats.get(name) ?? 0));
  return serverWords.states(facts, here);
};

/** What is known without asking it: a look must start no Codex. */
function factsOf(pluginConfig: unknown, name: string, chats: number): ServerFacts {
  try {
    const { start } = resolveCodexAppServerRuntimeOptions({ pluginConfig, server: name });
    const client = connectedTo(start, codexClientPool().clients());
    const state = client
      ? ({ kind: "connected", version: client.serverVersion } as const)
      : ({ kind: "not connected" } as const);
    return { name, chats, state, ...loadOf(start) };
  } catch (error) {
    const state = { kind: "unusable", reason: reasonOf(error) } as const;
    return { name, chats, state, working: 0, waiting: 0 };
  }
}

async function chatsByServer(host: PluginHost): Promise<Map<string, number>> {
  const folder = conversationsFolder(host.runtime.state.resolveStateDir());
  const counts = new Map<string, number>();
  for (const sessionFile of await listCodexAppServerBindings(folder)) {
    // oxlint-disable-next-line no-await-in-loop -- Hundreds at once would take many of the process's files.
    const binding = await readCodexAppServerBinding(sessionFile);
    const name = binding && (binding.server ?? DEFAULT_SERVER);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
