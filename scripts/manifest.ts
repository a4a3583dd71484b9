/**
 * Writes the settings' schema into openclaw.plugin.json; with `--check` only tells whether it is up to date.
 * The schema in src/host/plugin-config.ts is the source, and the host enforces what the manifest says.
 */
import { readFile, writeFile } from "node:fs/promises";
import { manifestConfigSchema } from "../src/host/plugin-config.js";

const file = new URL("../openclaw.plugin.json", import.meta.url);
const manifest = JSON.parse(await readFile(file, "utf8"));
const wanted = `${JSON.stringify({ ...manifest, configSchema: manifestConfigSchema() }, null, 2)}\n`;
const current = `${JSON.stringify(manifest, null, 2)}\n`;

if (wanted === current) {
  console.log("openclaw.plugin.json is up to date.");
} else if (process.argv.includes("--check")) {
  console.error("openclaw.plugin.json is behind src/host/plugin-config.ts. Run: npm run manifest");
  process.exitCode = 1;
} else {
  await writeFile(file, wanted);
  console.log("openclaw.plugin.json written.");
}
