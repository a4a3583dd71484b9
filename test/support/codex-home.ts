import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Writes a CODEX_HOME whose only model is the one behind `baseUrl`, asked once and never again. */
export async function writeCodexHome(folder: string, baseUrl: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const config = [
    'model = "mock-model"',
    'model_provider = "mock"',
    "[model_providers.mock]",
    'name = "mock"',
    `base_url = "${baseUrl}"`,
    'wire_api = "responses"',
    "request_max_retries = 0",
    "stream_max_retries = 0",
  ];
  await writeFile(join(folder, "config.toml"), `${config.join("\n")}\n`);
}

/**
 * The Codex binary that `@openai/codex` brings for this platform. The package's own `bin` is a
 * Node script that starts it: one process more to outlive a killed gateway.
 */
export async function findCodexBinary(): Promise<string> {
  const name = `@openai/codex-${process.platform}-${process.arch}`;
  const codex = createRequire(import.meta.url).resolve("@openai/codex/package.json");
  const vendor = join(dirname(createRequire(codex).resolve(`${name}/package.json`)), "vendor");
  const [target] = await readdir(vendor);
  if (target === undefined) throw new Error(`${name} holds no binary`);
  return join(vendor, target, "bin", process.platform === "win32" ? "codex.exe" : "codex");
}
