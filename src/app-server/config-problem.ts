/** A config.toml that Codex cannot read: it says so once, at its start, and works with its defaults. */
import { asRecord, asString } from "./json.js";
import type { CodexNotification } from "./protocol.js";

/** Codex's own words where it goes without its configuration; undefined for every other notification. */
export function configProblemIn({ method, params }: CodexNotification): string | undefined {
  if (method !== "configWarning") return undefined;
  const { summary, details, path } = asRecord(params) ?? {};
  // A setting that is merely out of date leaves the others in force.
  if (!/using defaults/i.test(asString(summary) ?? "")) return undefined;
  return asString(details) ?? asString(path) ?? asString(summary);
}
