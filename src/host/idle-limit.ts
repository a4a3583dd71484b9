/** How long a bound chat may be idle before OpenClaw drops it: without limit, unless the operator set one. */
import { asRecord } from "../app-server/json.js";
import type { HostBinding } from "./host-bindings.js";
import type { PluginHost } from "./plugin-host.js";

const HOUR_MS = 3_600_000;
/** OpenClaw's own default, which nobody asked for. */
const HOST_DEFAULT_MS = 24 * HOUR_MS;
const UNLIMITED = 0;

/**
 * The limit that a chat is to have; undefined where its own stays: its channel knows none, or somebody chose it.
 * `noted` is what this plugin set last.
 */
export function wantedIdleTimeout(
  host: Pick<PluginHost, "runtime">,
  { conversation, metadata }: HostBinding,
  noted: number | undefined,
): number | undefined {
  const current = metadata.idleTimeoutMs;
  if (current === undefined) return undefined;
  const isChosen = ![HOST_DEFAULT_MS, UNLIMITED, noted].includes(current);
  return isChosen ? undefined : (operatorsLimit(host, conversation) ?? UNLIMITED);
}

/** The first that is set: the account's, the channel's, the one for all. */
function operatorsLimit(
  host: Pick<PluginHost, "runtime">,
  { channel, accountId }: HostBinding["conversation"],
): number | undefined {
  const config = asRecord(host.runtime.config.current());
  const ofChannel = asRecord(asRecord(config?.channels)?.[channel]);
  const ofAccount = asRecord(asRecord(ofChannel?.accounts)?.[accountId]);
  const hours = [ofAccount, ofChannel, asRecord(config?.session)]
    .map((section) => asRecord(section?.threadBindings)?.idleHours)
    .find((value) => typeof value === "number" && Number.isFinite(value) && value >= 0);
  return typeof hours === "number" ? Math.floor(hours * HOUR_MS) : undefined;
}
