/** The plugin's own code as one script, to be run in any number of simulated processes. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A fault that is put into the source on purpose. */
export type Mutation = { name: string; file: string; from: string; to: string };

/** @throws where a mutation's text is not in its file exactly once */
export async function bundlePlugin(mutation?: Mutation): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["src/index.ts"],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node22",
    // What is asked for comes from the simulated process; an import() of it does, too.
    external: ["node:*", "openclaw/*", "ws"],
    supported: { "dynamic-import": false },
    logLevel: "error",
    plugins: mutation ? [puttingIn(mutation)] : [],
  });
  const [output] = outputFiles;
  if (!output) throw new Error("esbuild made no bundle of the plugin");
  return output.text;
}

/** The same, as of another version: what an update brings. */
export function updatedBundle(bundle: string): string {
  const updated = bundle.replace(/\bversion: "\d+\.\d+\.\d+"/, 'version: "99.0.0"');
  if (updated === bundle) throw new Error("the bundle names no version");
  return updated;
}

function puttingIn(mutation: Mutation): Plugin {
  const target = path.join(root, mutation.file);
  return {
    name: "mutation",
    setup(esbuild) {
      esbuild.onLoad({ filter: /\.ts$/, namespace: "file" }, async ({ path: file }) => {
        if (file !== target) return undefined;
        return { contents: mutate(await readFile(file, "utf8"), mutation), loader: "ts" };
      });
    },
  };
}

function mutate(source: string, { name, file, from, to }: Mutation): string {
  const parts = source.split(from);
  if (parts.length !== 2) {
    throw new Error(`mutation "${name}": its text is ${parts.length - 1} times in ${file}`);
  }
  return parts.join(to);
}
