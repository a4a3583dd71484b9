import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { codexFolder, codexVersion, versionIn } from "./under-test.js";

/** The model of a home that names no other. Codex does not know it. */
export const DEFAULT_MODEL = "mock-model";

/** A setting of no section, which stands before all of them. */
const isOfAll = (line: string): boolean => line.startsWith("chatgpt_base_url");

/**
 * Writes a CODEX_HOME whose only model is the one behind `baseUrl`, asked once and never again. `more` are lines of its
 * config.toml. Which tools Codex offers depends on the model's name.
 */
export async function writeCodexHome(
  folder: string,
  baseUrl: string,
  more: readonly string[] = [],
  model = DEFAULT_MODEL,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const config = [
    ...more.filter(isOfAll),
    `model = "${model}"`,
    'model_provider = "mock"',
    "[model_providers.mock]",
    'name = "mock"',
    `base_url = "${baseUrl}"`,
    'wire_api = "responses"',
    "request_max_retries = 0",
    ...(more.some((line) => line.startsWith("stream_max_retries"))
      ? []
      : ["stream_max_retries = 0"]),
    ...more.filter((line) => !isOfAll(line)),
  ];
  await writeFile(join(folder, "config.toml"), `${config.join("\n")}\n`);
}

/**
 * The Codex binary that `@openai/codex` brings for this platform. The package's own `bin` is a
 * Node script that starts it: one process more to outlive a killed gateway.
 */
export async function findCodexBinary(): Promise<string> {
  const name = `@openai/codex-${process.platform}-${process.arch}`;
  const { resolve } = createRequire(join(codexFolder(), "package.json"));
  const folder = dirname(resolve(`${name}/package.json`));
  // Node also looks in the folders above, where there can be another version's.
  if (!versionIn(folder).startsWith(codexVersion())) {
    throw new Error(`Codex ${codexVersion()} does not bring ${name}`);
  }
  const vendor = join(folder, "vendor");
  const [target] = await readdir(vendor);
  if (target === undefined) throw new Error(`${name} holds no binary`);
  const file = process.platform === "win32" ? "codex.exe" : "codex";
  // Before 0.140 it lay in a folder of its name.
  const places = ["bin", "codex"].map((place) => join(vendor, target, place, file));
  const binary = places.find((place) => existsSync(place));
  if (binary === undefined) throw new Error(`${name} holds no ${file}`);
  return binary;
}
