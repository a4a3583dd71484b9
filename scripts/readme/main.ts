/** Writes the parts of README.md that are made from the source; with `--check` only tells whether they are up to date. */
import { readFile, writeFile } from "node:fs/promises";
import { asRecord, asString } from "../../src/app-server/json.js";
import { CHANNELS } from "../../src/chat/abilities.js";
import { manifestConfigSchema } from "../../src/host/plugin-config.js";
import { resultsSchema, type Results } from "../compatibility/results.js";
import { channelsTable } from "./channels.js";
import { withParts } from "./markers.js";
import { settingsTable } from "./settings.js";
import { testedVersions } from "./versions.js";

const place = (name: string): URL => new URL(`../../${name}`, import.meta.url);

const readme = await readFile(place("README.md"), "utf8");
const manifest = await readJson("openclaw.plugin.json");
const wanted = withParts(readme, {
  channels: channelsTable(Object.values(CHANNELS)),
  settings: settingsTable(manifestConfigSchema(), manifest?.uiHints),
  "tested versions": testedVersions(await measured(), await installed()),
});

if (wanted === readme) {
  console.log("README.md is up to date.");
} else if (process.argv.includes("--check")) {
  console.error("README.md is behind the source. Run: npm run readme");
  process.exitCode = 1;
} else {
  await writeFile(place("README.md"), wanted);
  console.log("README.md written.");
}

async function readJson(name: string): Promise<Record<string, unknown> | undefined> {
  return asRecord(JSON.parse(await readFile(place(name), "utf8")));
}

/** Undefined where nothing was measured yet. */
async function measured(): Promise<Results | undefined> {
  const text = await readFile(place("docs/compatibility.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : resultsSchema.parse(JSON.parse(text));
}

async function installed(): Promise<{ openClaw: string; codex: string }> {
  const { openclaw, "@openai/codex": codex } =
    asRecord((await readJson("package.json"))?.devDependencies) ?? {};
  return { openClaw: asString(openclaw) ?? "", codex: asString(codex) ?? "" };
}
