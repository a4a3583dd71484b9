import { describe, expect, test } from "vitest";
import {
  readContractResult,
  readSmokeResult,
  shortReason,
} from "../../../scripts/compatibility/outcome.js";

describe("the contract tests", () => {
  test("are counted, those that did not pass are named, and those that do not apply are no failures", () => {
    const report = {
      numTotalTests: 4,
      testResults: [
        {
          assertionResults: [
            { fullName: "a turn is answered", status: "passed" },
            { fullName: "a turn fails", status: "failed" },
          ],
        },
        { assertionResults: [{ fullName: "a thread is left out", status: "pending" }] },
        { assertionResults: [{ fullName: "a goal is paused", status: "skipped" }] },
      ],
    };
    expect(readContractResult(JSON.stringify(report))).toEqual({
      passed: 1,
      failed: ["a turn fails", "a thread is left out"],
      notApplicable: 1,
    });
  });

  test("of a file that did not load have failed", () => {
    const report = { testResults: [{ message: "Cannot find it", assertionResults: [] }] };
    expect(readContractResult(JSON.stringify(report)).failed).toEqual(["Cannot find it"]);
  });
});

describe("the smoke", () => {
  test("is read from its last line, whatever was printed before", () => {
    expect(readSmokeResult('a note\n{"done":["start","bind"]}\n')).toEqual({
      done: ["start", "bind"],
    });
  });

  test("that failed says where and, in short, why", () => {
    const failed = { step: "start", reason: "installing ended with 1\nThe log:\n  Error: no" };
    expect(readSmokeResult(JSON.stringify({ done: [], failed }))).toEqual({
      done: [],
      failed: { step: "start", reason: "Error: no" },
    });
  });

  test.each(["", "Killed", '{"done":["dance"]}'])("that printed %j is no result", (output) => {
    expect(() => readSmokeResult(output)).toThrow(/JSON|invalid/i);
  });
});

test.each([
  [
    "Codex could not be bound: Codex 0\u2060.1.2 is too old: …",
    "Codex could not be bound: Codex 0.1.2 is too old: …",
  ],
  [
    "ended with 1\n  plugin requires OpenClaw >=2: upgrade",
    "plugin requires OpenClaw >=2: upgrade",
  ],
  ["no /tmp/openclaw-chain-x1/state/file.json", "no …/file.json"],
  ["x".repeat(1000), "x".repeat(300)],
])("a reason is one short line without this machine's folders: %s", (reason, short) => {
  expect(shortReason(reason)).toBe(short);
});
