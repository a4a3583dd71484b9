import { expect, test } from "vitest";
import { Diagnostics } from "../../src/app-server/diagnostics.js";

test("of a flood the 1st, 10th, 100th, … of each kind are reported", () => {
  const reports: string[] = [];
  const diagnostics = new Diagnostics((message) => reports.push(message));
  for (let count = 0; count < 1_500; count += 1) diagnostics.count("garbage");
  diagnostics.count("oddity");
  expect(reports).toEqual([
    "Codex app-server: garbage",
    "Codex app-server: garbage (10 times so far)",
    "Codex app-server: garbage (100 times so far)",
    "Codex app-server: garbage (1000 times so far)",
    "Codex app-server: oddity",
  ]);
});
