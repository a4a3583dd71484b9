/** Builds what is measured: the plugin as it ships, and the bench's own process around its sources. */
import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The plugin, built into a folder of its own: `dist` may be in use. */
export async function buildPlugin(out: string): Promise<void> {
  await promisify(execFile)(process.execPath, [path.join(root, "scripts", "build.mjs"), out]);
}

/**
 * The process that measures, in one file and without a loader: what tsx adds to each function at run time would be
 * measured with it. The file must lie inside the repository, where its imports are found.
 */
export async function buildWorker(file: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ["bench/worker.ts"],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    external: ["openclaw/*", "esbuild", "bufferutil", "utf-8-validate"],
    sourcemap: "inline",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);',
    },
  });
}
