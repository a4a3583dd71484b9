/** Whether a sender is one of the gateway's owners, whom OpenClaw names in `commands.ownerAllowFrom`. */
import { asRecord } from "../app-server/json.js";
import type { CommandContext } from "./plugin-host.js";

/**
 * OpenClaw tells third-party plugins nothing of it, so its list is read here. A sender is named with the channel before
 * the id, or by the bare id. A star names nobody.
 */
export function isOwner(
  hostConfig: unknown,
  { channel, senderId }: Pick<CommandContext, "channel" | "senderId">,
): boolean {
  const id = senderId?.trim().toLowerCase() ?? "";
  if (id === "") return false;
  const names = [id, `${channel.toLowerCase()}:${id}`];
  return ownersIn(hostConfig).some((owner) => names.includes(owner));
}

function ownersIn(hostConfig: unknown): string[] {
  const named = asRecord(asRecord(hostConfig)?.commands)?.ownerAllowFrom;
  if (!Array.isArray(named)) return [];
  return named.flatMap((owner: unknown) => {
    if (typeof owner !== "string" && typeof owner !== "number") return [];
    const name = String(owner).trim().toLowerCase();
    return name === "" || name.endsWith("*") ? [] : [name];
  });
}
