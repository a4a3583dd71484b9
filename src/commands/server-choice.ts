/** Which server a chat's thread is to be on. */
import { DEFAULT_SERVER } from "../app-server/config-schema.js";
import { serverNamed, serverNames } from "../app-server/config.js";
import { splitServer } from "./arguments.js";
import { serverWords } from "../words/server-words.js";

/** A server by its name in the settings; undefined is that of `appServer`. */
export type ServerChoice = { server: string | undefined };

/** The same with a name for each, where a chat's own server is meant if there is none. */
export type NamedServer = { server: string | undefined; rest: string[] };

/** Takes `--on NAME` out of the arguments; a string says that there is no such server, undefined that no name follows. */
export function serverInArguments(
  pluginConfig: unknown,
  args: readonly string[],
): NamedServer | string | undefined {
  const split = splitServer(args);
  if (!split) return undefined;
  const { on, rest } = split;
  if (on === undefined) return { server: undefined, rest };
  const typed = typedServer(pluginConfig, on);
  return typeof typed === "string" ? typed : { server: typed.server ?? DEFAULT_SERVER, rest };
}

/** The one that was typed after `--on`; a string says that there is none of that name. */
export function typedServer(pluginConfig: unknown, typed: string): ServerChoice | string {
  const name = serverNamed(pluginConfig, typed);
  if (name === undefined) return serverWords.noSuch(typed, serverNames(pluginConfig));
  return { server: name === DEFAULT_SERVER ? undefined : name };
}
