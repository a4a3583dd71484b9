/** What the host pays for the plugin before the first message. */
import { execFile } from "node:child_process";
import { copyFile, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { asArray, asObject, parseJson } from "../../test/support/wire-guards.js";
import type { Bench } from "../bench.js";
import { rowOf } from "../row.js";
import { samplePairs } from "../sampling.js";

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;

const EMPTY_PLUGIN = "export default { register() {} };\n";

/** Loads a plugin as a gateway does that has its SDK loaded. Argument: the plugin's file URL. */
const LOAD = `
  await import("openclaw/plugin-sdk/plugin-entry");
  const nothing = () => {};
  const api = {
    registrationMode: "full",
    logger: { info: nothing, warn: nothing, error: nothing },
    runtime: { state: { resolveStateDir: () => "/nowhere" }, config: { current: () => ({}) } },
    on: nothing,
    registerCommand: nothing,
    registerReload: nothing,
    registerService: nothing,
    registerInteractiveHandler: nothing,
    onConversationBindingResolved: nothing,
  };
  const start = performance.now();
  const { default: plugin } = await import(process.argv[1]);
  const imported = performance.now();
  plugin.register(api);
  const registered = performance.now();
  console.log(JSON.stringify({ importMs: imported - start, registerMs: registered - imported }));
  process.exit();
`;

export async function loadGroup(bench: Bench): Promise<void> {
  await loadTime(bench);
  await packageSize(bench);
}

async function loadTime(bench: Bench): Promise<void> {
  bench.progress("import and registration");
  const empty = path.join(bench.folder, "empty.mjs");
  await writeFile(empty, EMPTY_PLUGIN);
  const register: { plugin: number[]; limit: number[] } = { plugin: [], limit: [] };
  const imports = (file: string, registerMs: number[]) => async (): Promise<number> => {
    const times = await load(bench, file);
    registerMs.push(times.registerMs);
    return times.importMs;
  };
  const count = bench.smoke ? 1 : 31;
  const { plugin, limit } = await samplePairs(
    { count, warmUp: bench.smoke ? 0 : 2 },
    imports(path.join(bench.dist, "index.js"), register.plugin),
    imports(empty, register.limit),
  );
  const facts = { unit: "ms", limitName: "an empty plugin" };
  const target = { of: "plugin", atMost: 60 } as const;
  bench.row(rowOf({ ...facts, name: "import", target }, plugin, limit));
  bench.row(
    rowOf(
      { ...facts, name: "register" },
      register.plugin.slice(-count),
      register.limit.slice(-count),
    ),
  );
}

async function load(bench: Bench, file: string): Promise<{ importMs: number; registerMs: number }> {
  const args = ["--input-type=module", "-e", LOAD, pathToFileURL(file).href];
  const { stdout } = await run(process.execPath, args, { cwd: bench.root, timeout: TIMEOUT_MS });
  const { importMs, registerMs } = asObject(parseJson(stdout));
  return { importMs: Number(importMs), registerMs: Number(registerMs) };
}

async function packageSize(bench: Bench): Promise<void> {
  bench.progress("size of the package");
  const staged = path.join(bench.folder, "package");
  await mkdir(staged);
  for (const name of ["package.json", "README.md", "LICENSE", "openclaw.plugin.json"]) {
    await copyFile(path.join(bench.root, name), path.join(staged, name));
  }
  await cp(bench.dist, path.join(staged, "dist"), { recursive: true });
  const size = await unpackedSize(staged);
  const code = await readFile(path.join(bench.dist, "index.js"), "utf8");
  const minified = await transform(code, { minify: true, format: "esm" });
  const facts = {
    name: "package, unpacked",
    unit: "bytes",
    limitName: "minified",
    target: { of: "plugin", atMost: 1_000_000 },
  } as const;
  const least = size - Buffer.byteLength(code) + Buffer.byteLength(minified.code);
  bench.row(rowOf(facts, [size], [least]));
}

/** Everything that the host copies at each load: the plugin has no dependencies that are not in it. */
async function unpackedSize(folder: string): Promise<number> {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout } = await run("npm", args, { cwd: folder, timeout: TIMEOUT_MS });
  const answer = parseJson(stdout);
  const [pack] = Array.isArray(answer) ? asArray(answer) : Object.values(asObject(answer));
  return Number(asObject(pack)["unpackedSize"]);
}
