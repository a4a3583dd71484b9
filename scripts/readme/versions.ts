/** The sentence about the versions that were tried, from what `npm run compatibility` has measured. */
import type { Results } from "../compatibility/results.js";

/** `installed` stands in where nothing was measured yet. */
export function testedVersions(
  results: Results | undefined,
  installed: { openClaw: string; codex: string },
): string {
  if (!results) return `Tested with OpenClaw ${installed.openClaw} and Codex ${installed.codex}.`;
  const openClaw = range(results.openClaw, results.oldestOpenClaw);
  const codex = range(results.codex, results.oldestCodex);
  return `[Tested](docs/compatibility.md) with OpenClaw ${openClaw} and Codex ${codex}.`;
}

/** From the oldest to the newest that works: what is older than the oldest that is supported is turned away. */
function range(rows: Results["codex"] | Results["openClaw"], oldest: string): string {
  const versions = rows.flatMap(({ version, smoke }) => (smoke.failed ? [] : [version]));
  const [first = oldest] = versions;
  const last = versions.at(-1) ?? oldest;
  return first === last ? first : `${first} to ${last}`;
}
