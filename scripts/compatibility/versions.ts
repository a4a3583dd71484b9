/** Which versions a whole run is about. */
import { isAtLeast, OLDEST_CODEX } from "../../src/app-server/codex-version.js";
import packageJson from "../../package.json" with { type: "json" };

/** Those that this repository has installed. */
export const CURRENT_CODEX = packageJson.devDependencies["@openai/codex"];
export const CURRENT_OPENCLAW = packageJson.devDependencies.openclaw;

export const OLDEST_OPENCLAW = packageJson.openclaw.install.minHostVersion.replace(/^>=/, "");

/** Versions of Codex in which something changed that this plugin has to do with. */
const TURNING_POINTS = ["0.140.0", "0.154.0", "0.169.0"];

/** What a person with an old Codex gets to read. */
const BELOW_THE_FLOOR = "0.118.0";

export const CODEX_VERSIONS = [BELOW_THE_FLOOR, OLDEST_CODEX, ...TURNING_POINTS, CURRENT_CODEX];

export const isSupportedCodex = (version: string): boolean => isAtLeast(version, OLDEST_CODEX);

export const isSupportedOpenClaw = (version: string): boolean =>
  isAtLeast(version, OLDEST_OPENCLAW);

/** Too old, for what a person with it gets to read. */
const OPENCLAW_BELOW_THE_FLOOR = "2026.6.1";

/** One that is too old, the oldest that is supported, the newest of each month since and the current one. */
export function openClawVersions(
  published: readonly string[],
  oldest = OLDEST_OPENCLAW,
  current = CURRENT_OPENCLAW,
): string[] {
  const newestOfMonth = new Map<string, string>();
  for (const version of published) {
    // Neither betas nor second tries of a release (2026.7.1-2).
    if (!/^\d+\.\d+\.\d+$/.test(version)) continue;
    if (!isAtLeast(version, oldest) || !isAtLeast(current, version)) continue;
    const month = version.replace(/\.\d+$/, "");
    if (isAtLeast(version, newestOfMonth.get(month) ?? version)) newestOfMonth.set(month, version);
  }
  return [
    ...new Set([OPENCLAW_BELOW_THE_FLOOR, oldest, ...newestOfMonth.values(), current]),
  ].toSorted(byVersion);
}

export function byVersion(left: string, right: string): number {
  if (left === right) return 0;
  return isAtLeast(left, right) ? 1 : -1;
}
