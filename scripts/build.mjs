// Bundles the plugin into dist/index.js, or into the folder that is its argument: the host copies a plugin with all
// its dependencies at each load, so there is one file and no dependency to copy. What the browser loads is bundled into
// a folder of its own, of which the host serves everything. The licences of what is bundled go with it.
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
// Elsewhere if told so, for those who must not disturb the folder that is in use.
const dist = path.resolve(process.argv[2] ?? path.join(root, "dist"));

await rm(dist, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["src/index.ts"],
  outfile: path.join(dist, "index.js"),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  metafile: true,
  legalComments: "none",
  // Smaller. Names stay, and lines stay short, so that a stack trace still says where it was.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 200,
  // The host provides its SDK; ws works without its two optional native helpers.
  external: ["openclaw/*", "bufferutil", "utf-8-validate"],
  // ws is CommonJS and asks for Node's own modules by require.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);',
  },
});
const pages = await build({
  absWorkingDir: root,
  entryPoints: ["pages/index.ts", "pages/pages.css"],
  outdir: path.join(dist, "pages"),
  bundle: true,
  platform: "browser",
  format: "esm",
  target: "es2022",
  metafile: true,
  legalComments: "none",
  minify: true,
});

const bundled = new Set(
  [...Object.keys(metafile.inputs), ...Object.keys(pages.metafile.inputs)]
    .map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1])
    .filter((name) => name !== undefined),
);
const licences = await Promise.all(
  [...bundled].toSorted().map(async (name) => {
    const folder = path.join(root, "node_modules", name);
    const { version } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
    const licence = await readFile(path.join(folder, "LICENSE"), "utf8");
    return `${name} ${version}\n\n${licence.trim()}\n`;
  }),
);
await writeFile(path.join(dist, "THIRD_PARTY_LICENSES.txt"), licences.join("\n---\n\n"));
