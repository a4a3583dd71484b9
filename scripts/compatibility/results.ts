/** What came of the runs, as it lies in docs/compatibility.json; other documents can be made from it. */
import * as z from "zod/mini";
import { SMOKE_STEPS } from "./smoke-result.js";
import { byVersion } from "./versions.js";

const step = z.enum(SMOKE_STEPS);

export const smokeResultSchema = z.object({
  done: z.array(step),
  failed: z.optional(z.object({ step, reason: z.string() })),
});

const contractResult = z.object({
  passed: z.number(),
  failed: z.array(z.string()),
  /** How many tests are about what this version does not have. */
  notApplicable: z.number(),
});

const codexRow = z.object({
  version: z.string(),
  /** Absent where Codex is too old to get so far. */
  contract: z.optional(contractResult),
  smoke: smokeResultSchema,
});

const openClawRow = z.object({ version: z.string(), smoke: smokeResultSchema });

export const resultsSchema = z.object({
  /** The day of the latest run. */
  measured: z.string(),
  oldestCodex: z.string(),
  oldestOpenClaw: z.string(),
  /** The OpenClaw that the versions of Codex ran under, and the Codex under those of OpenClaw. */
  currentOpenClaw: z.string(),
  currentCodex: z.string(),
  codex: z.array(codexRow),
  openClaw: z.array(openClawRow),
});

export type ContractResult = z.infer<typeof contractResult>;
export type CodexRow = z.infer<typeof codexRow>;
export type OpenClawRow = z.infer<typeof openClawRow>;
export type Results = z.infer<typeof resultsSchema>;

/** The rows with one more, in place of an earlier one of its version. */
export function withRow<Row extends { version: string }>(rows: readonly Row[], row: Row): Row[] {
  return [...rows.filter(({ version }) => version !== row.version), row].toSorted((left, right) =>
    byVersion(left.version, right.version),
  );
}
