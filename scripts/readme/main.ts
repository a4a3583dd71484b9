/**
 * Writes the parts of README.md and of the pages in docs/ that are made from the source, and checks what was written by
 * hand; with `--check` it only checks.
 */
import { glob, readFile, writeFile } from "node:fs/promises";
import { asRecord, asString } from "../../src/app-server/json.js";
import { CHANNELS } from "../../src/chat/abilities.js";
import { manifestConfigSchema } from "../../src/host/plugin-config.js";
import { COMMANDS } from "../../src/words/command-list.js";
import { resultsSchema, type Results } from "../compatibility/results.js";
import { channelsTable } from "./channels.js";
import { codexTable } from "./codex-commands.js";
import { complaintsOfPages } from "./complaints.js";
import { withParts } from "./markers.js";
import { settingsTable } from "./settings.js";
import { testedVersions } from "./versions.js";

const root = new URL("../../", import.meta.url);
const place = (name: string): URL => new URL(name, root);

const manifest = await readJson("openclaw.plugin.json");
const channels = channelsTable(Object.values(CHANNELS));
/** The parts of each page. */
const made: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "README.md": { channels, "tested versions": testedVersions(await measured(), await installed()) },
  "docs/channels.md": { channels },
  "docs/codex.md": { "Codex's commands": codexTable() },
  "docs/settings.md": { settings: settingsTable(manifestConfigSchema(), manifest?.uiHints) },
};

const pages = new Map<string, string>();
for await (const name of glob(["*.md", "docs/*.md"], { cwd: root })) {
  pages.set(name.replaceAll("\\", "/"), await readFile(place(name), "utf8"));
}
for (const [name, parts] of Object.entries(made)) {
  const text = pages.get(name) ?? "";
  const wanted = withParts(text, parts);
  pages.set(name, wanted);
  if (wanted === text) continue;
  if (process.argv.includes("--check")) {
    console.error(`${name} is behind the source. Run: npm run readme`);
    process.exitCode = 1;
  } else {
    await writeFile(place(name), wanted);
    console.log(`${name} written.`);
  }
}

const files = new Set<string>();
for await (const name of glob("docs/*", { cwd: root })) files.add(name.replaceAll("\\", "/"));
for await (const name of glob("*", { cwd: root })) files.add(name);
const usages = Object.values(COMMANDS).map(({ usage }) => usage);
const complaints = complaintsOfPages({ pages, files, usages });
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
else if (process.exitCode === undefined) console.log("README.md and docs/ are up to date.");

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
