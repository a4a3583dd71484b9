import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { OLDEST_CODEX } from "../../../src/app-server/codex-version.js";
import { renderCompatibility } from "../../../scripts/compatibility/render.js";
import { type Results, resultsSchema, withRow } from "../../../scripts/compatibility/results.js";
import { SMOKE_STEPS } from "../../../scripts/compatibility/smoke-result.js";
import {
  CODEX_VERSIONS,
  isSupportedOpenClaw,
  OLDEST_OPENCLAW,
} from "../../../scripts/compatibility/versions.js";

const done = [...SMOKE_STEPS];

const results: Results = {
  measured: "2026-11-22",
  oldestCodex: "0.125.0",
  oldestOpenClaw: "2026.6.35",
  currentCodex: "0.169.0",
  currentOpenClaw: "2026.9.6",
  codex: [
    { version: "0.118.0", smoke: { done: [], failed: { step: "bind", reason: "too | old" } } },
    {
      version: "0.125.0",
      contract: { passed: 26, failed: ["a turn | ends"], notApplicable: 0 },
      smoke: { done },
    },
    { version: "0.169.0", contract: { passed: 27, failed: [], notApplicable: 3 }, smoke: { done } },
  ],
  openClaw: [{ version: "2026.6.35", smoke: { done } }],
};

test("each version has a row that says what works, and what does not and why", () => {
  const lines = renderCompatibility(results).split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      "| 0.118.0 | not run: too old | fails at: bind a chat. “too \\| old” |",
      "| 0.125.0 | 1 of 27 fail: a turn \\| ends | works |",
      "| 0.169.0 | all 27 pass; 3 do not apply | works |",
      "| 2026.6.35 | works |",
    ]),
  );
});

test("a row takes the place of its version's, and stands in order", () => {
  const rows = [
    { version: "0.98.0", n: 1 },
    { version: "0.169.0", n: 2 },
  ];
  expect(withRow(rows, { version: "0.125.0", n: 3 }).map(({ version }) => version)).toEqual([
    "0.98.0",
    "0.125.0",
    "0.169.0",
  ]);
  expect(withRow(rows, { version: "0.98.0", n: 4 })).toEqual([
    { version: "0.98.0", n: 4 },
    { version: "0.169.0", n: 2 },
  ]);
});

test("the published results are of the floors and versions that the code names, and everything above the floors works", async () => {
  const file = new URL("../../../docs/compatibility.json", import.meta.url);
  const published = resultsSchema.parse(JSON.parse(await readFile(file, "utf8")));
  expect(published).toMatchObject({ oldestCodex: OLDEST_CODEX, oldestOpenClaw: OLDEST_OPENCLAW });
  expect(published.codex.map(({ version }) => version)).toEqual(
    expect.arrayContaining(CODEX_VERSIONS),
  );
  expect(published.openClaw.map(({ version }) => version)).toContain(OLDEST_OPENCLAW);
  const broken = [
    ...published.codex.filter(({ contract }) => contract).map(({ smoke }) => smoke.failed),
    ...published.codex.flatMap(({ contract }) => contract?.failed ?? []),
    ...published.openClaw
      .filter(({ version }) => isSupportedOpenClaw(version))
      .map(({ smoke }) => smoke.failed),
  ];
  expect(broken.filter((failure) => failure !== undefined)).toEqual([]);
});
