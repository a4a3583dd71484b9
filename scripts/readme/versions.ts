/** The sentence about the versions that were tried, from what `npm run compatibility` has measured. */
import type { Results } from "../compatibility/results.js";

/** `installed` stands in where nothing was measured yet. */
export function testedVersions(
  results: Results | undefined,
  installed: { openClaw: string; codex: string },
): string {
  if (!results) return `Tested with OpenClaw ${installed.openClaw} and Codex ${installed.codex}.`;
  const openClaw = listed(results.openClaw, results.oldestOpenClaw);
  const codex = listed(results.codex, results.oldestCodex);
  return [
    `Tested on ${results.measured} with OpenClaw ${openClaw}, and with Codex ${codex};`,
    "[docs/compatibility.md](docs/compatibility.md) says what differs between them.",
  ].join(" ");
}

/** Those that work: what is older than the oldest that is supported is turned away. */
function listed(rows: Results["codex"] | Results["openClaw"], oldest: string): string {
  const versions = rows.flatMap(({ version, smoke }) => (smoke.failed ? [] : [version]));
  if (versions.length === 0) return `${oldest} or later`;
  return versions.length === 1
    ? String(versions[0])
    : `${versions.slice(0, -1).join(", ")} and ${versions.at(-1)}`;
}
