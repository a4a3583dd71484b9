/** Reads what the tools that a run starts have printed. */
import * as z from "zod/mini";
import { type ContractResult, smokeResultSchema } from "./results.js";
import type { SmokeResult } from "./smoke-result.js";

const REASON_LENGTH = 300;

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      message: z.optional(z.string()),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** Tests of what this version does not have say so by `runIf`, which vitest reports as "skipped". */
const doesNotApply = ({ status }: { status: string }): boolean => status === "skipped";

/** Reads the report of vitest's JSON reporter; a file that could not even be loaded counts as failed. */
export function readContractResult(report: string): ContractResult {
  const { testResults } = vitestReport.parse(JSON.parse(report));
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const tests = all.filter((test) => !doesNotApply(test));
  const unloaded = testResults.filter(({ assertionResults }) => assertionResults.length === 0);
  return {
    passed: tests.filter(({ status }) => status === "passed").length,
    failed: [
      ...tests.filter(({ status }) => status !== "passed").map(({ fullName }) => fullName),
      ...unloaded.map(({ message }) => message ?? "a file of tests did not load"),
    ],
    notApplicable: all.length - tests.length,
  };
}

/** Reads the last line of the smoke, with its reason in a form that can be printed in a table. */
export function readSmokeResult(output: string): SmokeResult {
  const line = output.trimEnd().split("\n").at(-1) ?? "";
  const { done, failed } = smokeResultSchema.parse(JSON.parse(line));
  if (!failed) return { done };
  return { done, failed: { step: failed.step, reason: shortReason(failed.reason) } };
}

/** The line that tells most, without what is of this machine only. */
export function shortReason(reason: string): string {
  const lines = reason.split("\n").map((line) => line.trim());
  const telling = lines.find((line) => /requires OpenClaw|is too old|^Error:/.test(line));
  return (telling ?? lines[0] ?? "")
    .replaceAll("\u2060", "")
    .replaceAll(/(?:\/[\w.@-]+){2,}\//g, "…/")
    .slice(0, REASON_LENGTH);
}
