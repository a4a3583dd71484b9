/** docs/compatibility.md, made from what the runs came to. */
import {
  CODEX_DIFFERENCES,
  type Difference,
  OLDER_OPENCLAW,
  OPENCLAW_DIFFERENCES,
} from "./differences.js";
import type { CodexRow, OpenClawRow, Results } from "./results.js";
import { SMOKE_STEPS, type SmokeResult, type SmokeStep } from "./smoke-result.js";

const IN_WORDS: Record<SmokeStep, string> = {
  start: "install the plugin and start the gateway",
  bind: "bind a chat",
  turn: "a turn",
  approval: "a command allowed by a button",
  restart: "a restart of the gateway, and a turn on the same thread",
  detach: "detach",
};

export function renderCompatibility(results: Results): string {
  const { measured, oldestCodex, oldestOpenClaw, currentCodex, currentOpenClaw } = results;
  return `# Compatibility

Needs OpenClaw ${oldestOpenClaw} or later and Codex ${oldestCodex} or later. Measured on ${measured} by \`npm run compatibility\`, which writes this page, with the real gateways and binaries from npm.

A _conversation_ means, on a real gateway with the real Telegram channel: ${SMOKE_STEPS.map((step) => IN_WORDS[step]).join("; ")}.
The _contract tests_ (test/contract) check against the real binary what this plugin relies on in Codex.

## Codex, under OpenClaw ${currentOpenClaw}

${table(["Codex", "contract tests", "conversation"], results.codex.map(codexCells))}

With a version below ${oldestCodex} the chat gets one sentence that names both versions, and nothing is retried.

What works differently on older versions. “Before” names the first version without the difference:

${differenceTable(CODEX_DIFFERENCES)}

## OpenClaw, with Codex ${currentCodex}

${table(["OpenClaw", "conversation"], results.openClaw.map(openClawCells))}

Below ${oldestOpenClaw} OpenClaw itself refuses to install the plugin, and does not load one that is already installed. ${OLDER_OPENCLAW}

What works differently on older versions:

${differenceTable(OPENCLAW_DIFFERENCES)}
`;
}

function codexCells({ version, contract, smoke }: CodexRow): string[] {
  return [version, contract ? contractCell(contract) : "not run: too old", smokeCell(smoke)];
}

function contractCell(contract: NonNullable<CodexRow["contract"]>): string {
  const { passed, failed, notApplicable } = contract;
  if (failed.length === 0) {
    return `all ${passed} pass${notApplicable > 0 ? `; ${notApplicable} do not apply` : ""}`;
  }
  return `${failed.length} of ${passed + failed.length} fail: ${failed.map(cell).join("; ")}`;
}

function openClawCells({ version, smoke }: OpenClawRow): string[] {
  return [version, smokeCell(smoke)];
}

function smokeCell({ failed }: SmokeResult): string {
  if (!failed) return "works";
  return `fails at: ${IN_WORDS[failed.step]}. “${cell(failed.reason)}”`;
}

function differenceTable(differences: readonly Difference[]): string {
  return table(
    ["before", "difference"],
    differences.map(({ until, what }) => [until, what]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

/** A text that cannot end its cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
}
