/** The plugin's own code as one script, to be run in any number of simulated processes. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A fault that is put into the source on purpose. */
export type Mutation = { name: string; file: string; from: string; to: string };

export type BundleOptions = {
  mutation?: Mutation;
  /** In the place of the plugin's own, as after an update. */
  version?: string;
};

/** @throws where a mutation's text is not in its file exactly once */
export async function bundlePlugin(options: BundleOptions = {}): Promise<string> {
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
    plugins: [changes(options)],
  });
  const [output] = outputFiles;
  if (!output) throw new Error("esbuild made no bundle of the plugin");
  return output.text;
}

function changes({ mutation, version }: BundleOptions): Plugin {
  return {
    name: "simulation",
    setup(esbuild) {
      if (mutation) {
        const target = path.join(root, mutation.file);
        esbuild.onLoad({ filter: /\.ts$/, namespace: "file" }, async ({ path: file }) => {
          if (file !== target) return undefined;
          return { contents: mutate(await readFile(file, "utf8"), mutation), loader: "ts" };
        });
      }
      if (version !== undefined) {
        esbuild.onLoad({ filter: /package\.json$/ }, async ({ path: file }) => {
          const text = await readFile(file, "utf8");
          return {
            contents: text.replace(/"version": "[^"]*"/, `"version": "${version}"`),
            loader: "json",
          };
        });
      }
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
