import { defineConfig } from "vitest/config";

/** Channels that OpenClaw does not bring come from npm's registry, which `npm test` does without. */
export default defineConfig({
  test: {
    include: ["test/channels/**/*.test.ts", "test/e2e/channel-contract.test.ts"],
    testTimeout: 90_000,
    // A channel is installed and a gateway starts first.
    hookTimeout: 300_000,
    maxWorkers: 3,
  },
});
