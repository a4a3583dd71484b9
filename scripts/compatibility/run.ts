/** Installs versions and runs the tests against them, one process each. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CODEX_UNDER_TEST, OPENCLAW_UNDER_TEST } from "../../test/support/under-test.js";
import { readContractResult, readSmokeResult } from "./outcome.js";
import type { ContractResult } from "./results.js";
import type { SmokeResult } from "./smoke-result.js";
import { CURRENT_CODEX, CURRENT_OPENCLAW } from "./versions.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cache = join(root, ".tmp", "compat");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

const CONTRACT_TIMEOUT_MS = 10 * 60_000;
const SMOKE_TIMEOUT_MS = 12 * 60_000;

/** The variable that has tests use this version; none for what the repository has installed. */
type UnderTest = Readonly<Record<string, string>>;

export async function prepareCodex(version: string): Promise<UnderTest> {
  if (version === CURRENT_CODEX) return {};
  return { [CODEX_UNDER_TEST]: await install("@openai/codex", version) };
}

export async function prepareOpenClaw(version: string): Promise<UnderTest> {
  if (version === CURRENT_OPENCLAW) return {};
  return { [OPENCLAW_UNDER_TEST]: await install("openclaw", version) };
}

/** All versions of OpenClaw that npm knows. */
export async function publishedOpenClaw(): Promise<string[]> {
  const { stdout } = await promisify(execFile)("npm", ["view", "openclaw", "versions", "--json"]);
  const versions: unknown = JSON.parse(stdout);
  return Array.isArray(versions) ? versions.filter((version) => typeof version === "string") : [];
}

export async function runContractTests(underTest: UnderTest): Promise<ContractResult> {
  const report = join(cache, "contract.json");
  await mkdir(cache, { recursive: true });
  await rm(report, { force: true });
  const args = ["run", "test/contract", "--reporter=json", `--outputFile=${report}`];
  await output(bin("vitest"), args, underTest, CONTRACT_TIMEOUT_MS);
  return readContractResult(await readFile(report, "utf8"));
}

export async function runSmoke(underTest: UnderTest): Promise<SmokeResult> {
  const args = [join(root, "scripts", "compatibility", "smoke.ts")];
  return readSmokeResult(await output(bin("tsx"), args, underTest, SMOKE_TIMEOUT_MS));
}

/** A folder with this version in it, which npm fills once. */
async function install(name: string, version: string): Promise<string> {
  const folder = join(cache, `${name.replaceAll(/\W+/g, "-").replace(/^-/, "")}-${version}`);
  const mark = join(folder, "installed");
  const isThere = await stat(mark).then(
    () => true,
    () => false,
  );
  if (isThere) return folder;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "private": true }\n');
  // The script of OpenClaw's package refuses other versions of Node than its own.
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  await promisify(execFile)("npm", ["install", ...quiet, `${name}@${version}`], { cwd: folder });
  await writeFile(mark, "");
  return folder;
}

/** What a program printed, however it ended; what it complains of goes to the terminal. */
async function output(
  program: string,
  args: readonly string[],
  underTest: UnderTest,
  timeoutMs: number,
): Promise<string> {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...underTest },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: timeoutMs,
  });
  const exited = once(child, "exit");
  const printed = await text(child.stdout);
  await exited;
  return printed;
}
