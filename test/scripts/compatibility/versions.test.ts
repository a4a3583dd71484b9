import { expect, test } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { OLDEST_CODEX } from "../../../src/app-server/codex-version.js";
import {
  byVersion,
  CODEX_VERSIONS,
  isSupportedCodex,
  OLDEST_OPENCLAW,
  openClawVersions,
} from "../../../scripts/compatibility/versions.js";

test("of OpenClaw one that is too old is run, the oldest that is supported, the newest of each month since, and the current one", () => {
  const published = [
    "2026.5.28",
    "2026.6.11",
    "2026.6.35",
    "2026.6.9",
    "2026.7.1-2",
    "2026.7.2-beta.7",
    "2026.7.1",
    "2026.8.2",
    "2026.9.10",
    "2026.9.6",
  ];
  expect(openClawVersions(published, "2026.6.9", "2026.9.6")).toEqual([
    "2026.6.1",
    "2026.6.9",
    "2026.6.35",
    "2026.7.1",
    "2026.8.2",
    "2026.9.6",
  ]);
});

test("of Codex the floor and the current one are run, and what lies below is known to", () => {
  expect(CODEX_VERSIONS).toEqual(CODEX_VERSIONS.toSorted(byVersion));
  expect(CODEX_VERSIONS).toContain(packageJson.devDependencies["@openai/codex"]);
  expect(CODEX_VERSIONS.filter(isSupportedCodex)[0]).toBe(OLDEST_CODEX);
});

test("the package names the same oldest OpenClaw everywhere", () => {
  expect(packageJson.peerDependencies.openclaw).toBe(`>=${OLDEST_OPENCLAW}`);
  expect(packageJson.openclaw.compat.pluginApi).toBe(`>=${OLDEST_OPENCLAW}`);
});
