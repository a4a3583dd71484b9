import { expect, test } from "vitest";
import { parseOptions } from "../../../scripts/compatibility/options.js";

test("without a version everything is run", () => {
  expect(parseOptions([])).toEqual({
    help: false,
    render: false,
    codex: undefined,
    openClaw: undefined,
  });
});

test("with versions only those are", () => {
  const args = ["--codex", "0.125.0", "--codex", "0.170.0-alpha.2"];
  expect(parseOptions(args)).toMatchObject({ codex: ["0.125.0", "0.170.0-alpha.2"], openClaw: [] });
  expect(parseOptions(["--openclaw", "2026.7.1-2"])).toMatchObject({
    codex: [],
    openClaw: ["2026.7.1-2"],
  });
});

test.each([["--codex", "latest"], ["--codex", "../0.1.2"], ["--what"], ["0.125.0"]])(
  "%s %s is refused before anything is installed",
  (...args) => {
    expect(() => parseOptions(args)).toThrow(/is no version|Unknown option|Unexpected argument/);
  },
);
