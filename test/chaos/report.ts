/** A run in words. */
import type { RunResult } from "./run.js";

/** As much of a run as its failure is told by. */
type Failure = Pick<RunResult, "failures" | "verdict" | "chats" | "log" | "gateways"> & {
  settings: { seed: number };
};

export function passed({ failures, verdict }: Pick<RunResult, "failures" | "verdict">): boolean {
  return failures.length === 0 && verdict.violations.length === 0;
}

export function describeRun(result: RunResult): string {
  const { settings, durationMs, chats, log, verdict, gateways, behaviour } = result;
  const faults = new Map<string, number>();
  for (const { event, what } of log) {
    if (event === "fault" && what !== undefined) faults.set(what, (faults.get(what) ?? 0) + 1);
  }
  const messages = chats.reduce((sum, chat) => sum + chat.sent.length, 0);
  const count = (event: string): number => log.filter((entry) => entry.event === event).length;
  return [
    `seed ${settings.seed}: ${messages} messages in ${chats.length} chats, ${count("turn")} turns, ${count("born")} app-servers, ${(durationMs / 1000).toFixed(1)} s`,
    table("gateways", Object.entries(gateways.counts)),
    `channel: ${gateways.failedSends} sends failed, ${verdict.duplicatesAllowed} repeated since a kill came between`,
    table("people", behaviour),
    table(`faults (${[...faults.values()].reduce((sum, n) => sum + n, 0)})`, faults),
    table("replies", verdict.replies),
    table("failures", verdict.reasons),
    table("completed in Codex, told otherwise", verdict.completedButTold),
    table("warnings", gateways.warnings),
    passed(result) ? "passed" : describeFailure(result),
  ].join("\n");
}

/** What went wrong, with everything that is known of the first chats that it went wrong in. */
export function describeFailure({
  settings,
  failures,
  verdict,
  chats,
  log,
  gateways,
}: Failure): string {
  const { violations } = verdict;
  const affected = [...new Set(violations.map(({ chat }) => chat))].slice(0, 3);
  return [
    `FAILED with seed ${settings.seed}: ${failures.length + violations.length} findings`,
    ...failures.slice(0, 20),
    ...violations.slice(0, 30).map(({ tag, what }) => `${tag} ${what}`),
    ...gateways.timeline,
    ...affected.flatMap((number) => {
      const chat = chats[number - 1];
      if (!chat) return [];
      const entries = log.filter(({ tag }) => tag?.startsWith(`c${number}/`));
      return [chat.describe(), ...entries.map((entry) => `  log ${JSON.stringify(entry)}`)];
    }),
  ].join("\n");
}

function table(title: string, counts: Iterable<readonly [string, number]>): string {
  const rows = [...counts].toSorted(([, a], [, b]) => b - a);
  return [
    `${title}:`,
    ...rows.map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`),
  ].join("\n");
}
