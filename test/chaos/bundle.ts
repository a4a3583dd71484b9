/** Makes plain scripts of the parts that run in processes of their own: they start in a tenth of the time. */
import { readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { updatedBundle } from "../simulation/bundle.js";

export type Bundles = { installed: string; updated: string; gateway: string; relay: string };

const root = fileURLToPath(new URL("../..", import.meta.url));

const host = path.join(root, "test/chaos/gateway/openclaw-modules.ts");

export async function bundleInto(folder: string): Promise<Bundles> {
  await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  await build({
    absWorkingDir: root,
    entryPoints: {
      installed: "src/index.ts",
      gateway: "test/chaos/gateway/main.ts",
      relay: "test/chaos/relay.ts",
    },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    // The host brings its own; ws is only loaded for a WebSocket.
    external: ["openclaw/*", "ws"],
    alias: {
      "openclaw/plugin-sdk/agent-harness-runtime": host,
      "openclaw/plugin-sdk/conversation-runtime": host,
    },
    logLevel: "error",
  });
  const script = (name: string): string => path.join(folder, `${name}.mjs`);
  const installed = script("installed");
  const updated = script("updated");
  await writeFile(updated, updatedBundle(await readFile(installed, "utf8")));
  return { installed, updated, gateway: script("gateway"), relay: script("relay") };
}
