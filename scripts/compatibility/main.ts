/** `npm run compatibility`: which versions of Codex and of OpenClaw this plugin works with. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { OLDEST_CODEX } from "../../src/app-server/codex-version.js";
import { HELP, parseOptions } from "./options.js";
import { renderCompatibility } from "./render.js";
import {
  type CodexRow,
  type OpenClawRow,
  type Results,
  resultsSchema,
  withRow,
} from "./results.js";
import {
  prepareCodex,
  prepareOpenClaw,
  publishedOpenClaw,
  runContractTests,
  runSmoke,
} from "./run.js";
import {
  CODEX_VERSIONS,
  CURRENT_CODEX,
  CURRENT_OPENCLAW,
  isSupportedCodex,
  OLDEST_OPENCLAW,
  openClawVersions,
} from "./versions.js";

const document = (ending: string): string =>
  fileURLToPath(new URL(`../../docs/compatibility.${ending}`, import.meta.url));

async function readResults(): Promise<Results> {
  const text = await readFile(document("json"), "utf8").catch(() => undefined);
  const earlier = text === undefined ? undefined : resultsSchema.parse(JSON.parse(text));
  return {
    measured: new Date().toISOString().slice(0, 10),
    codex: [],
    openClaw: [],
    ...earlier,
    oldestCodex: OLDEST_CODEX,
    oldestOpenClaw: OLDEST_OPENCLAW,
    currentCodex: CURRENT_CODEX,
    currentOpenClaw: CURRENT_OPENCLAW,
  };
}

async function writeResults(results: Results): Promise<void> {
  await writeFile(document("json"), JSON.stringify(results));
  await writeFile(document("md"), renderCompatibility(results));
  await promisify(execFile)("npx", ["oxfmt", document("json"), document("md")]);
}

async function tryCodex(version: string): Promise<CodexRow> {
  const underTest = await prepareCodex(version);
  const contract = isSupportedCodex(version) ? await runContractTests(underTest) : undefined;
  const smoke = await runSmoke(underTest);
  return { version, ...(contract && { contract }), smoke };
}

async function tryOpenClaw(version: string): Promise<OpenClawRow> {
  return { version, smoke: await runSmoke(await prepareOpenClaw(version)) };
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return;
  }
  let results = await readResults();
  const add = async (row: Partial<Results>): Promise<void> => {
    results = { ...results, ...row, measured: new Date().toISOString().slice(0, 10) };
    // After each, so that a run that is ended early loses nothing.
    await writeResults(results);
  };
  if (options.render) {
    await writeResults(results);
    return;
  }
  // One after the other: each starts a gateway.
  for (const version of options.codex ?? CODEX_VERSIONS) {
    console.log(`Codex ${version} …`);
    // oxlint-disable-next-line no-await-in-loop
    const row = await tryCodex(version);
    console.log(JSON.stringify(row));
    // oxlint-disable-next-line no-await-in-loop
    await add({ codex: withRow(results.codex, row) });
  }
  for (const version of options.openClaw ?? openClawVersions(await publishedOpenClaw())) {
    console.log(`OpenClaw ${version} …`);
    // oxlint-disable-next-line no-await-in-loop
    const row = await tryOpenClaw(version);
    console.log(JSON.stringify(row));
    // oxlint-disable-next-line no-await-in-loop
    await add({ openClaw: withRow(results.openClaw, row) });
  }
}

await main();
