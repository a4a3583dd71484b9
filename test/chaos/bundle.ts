/** Makes plain scripts of the parts that run in processes of their own: they start in a tenth of the time. */
import { symlink } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export type Bundles = { plugin: string; gateway: string; fakeCodex: string };

const root = fileURLToPath(new URL("../..", import.meta.url));

export async function bundleInto(folder: string): Promise<Bundles> {
  await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  await build({
    absWorkingDir: root,
    entryPoints: {
      plugin: "src/index.ts",
      gateway: "test/chaos/gateway/main.ts",
      "fake-codex": "test/chaos/fake-codex/main.ts",
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
      "openclaw/plugin-sdk/agent-harness-runtime": path.join(
        root,
        "test/chaos/gateway/gateway-tool.ts",
      ),
    },
    logLevel: "error",
  });
  const script = (name: string): string => path.join(folder, `${name}.mjs`);
  return { plugin: script("plugin"), gateway: script("gateway"), fakeCodex: script("fake-codex") };
}
