import { configDefaults, defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.js";

/** On real gateways, the real Codex or its schema, and real child processes. */
const REAL = [
  "test/contract/**/*.test.ts",
  "test/e2e/**/*.test.ts",
  "test/chaos/real-codex.test.ts",
  "test/app-server/{orphan-guard,process,protocol-schema,shared-client,transport-stdio}.test.ts",
  "test/bench.test.ts",
];
/** In virtual time. */
const SIMULATION = ["test/simulation/**/*.test.ts", "test/chaos/day.test.ts"];
// These need a Chromium (npm run test:browser), npm's registry (npm run test:channels), and an sshd (npm run test:machines).
const BY_THEMSELVES = ["test/browser/**", "test/channels/**", "test/machines/**"];

export default defineConfig({
  test: {
    testTimeout: 15_000,
    hookTimeout: 60_000,
    // The end-to-end files wait for a gateway most of their time; the others need the cores meanwhile.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          isolate: false,
          setupFiles: ["test/support/fresh-start.ts"],
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...REAL, ...SIMULATION, ...BY_THEMSELVES],
        },
      },
      // On a busy machine real programs take their time: the bound is for what hangs.
      { extends: true, test: { name: "real", include: REAL, testTimeout: 90_000 } },
      { extends: true, test: { name: "simulation", include: SIMULATION } },
    ],
  },
});
