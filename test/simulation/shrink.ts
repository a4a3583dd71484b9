/** The shortest plan that still fails in the same way: events are left out as long as the failure stays. */
import type { Violation } from "./judge.js";
import type { Act } from "./plan.js";
import { planOf, runWorld, type Plugin, type WorldResult } from "./run.js";

export type Shrunk = { plan: readonly Act[]; violation: Violation };

export async function shrink(plugin: Plugin, failed: WorldResult, tries: number): Promise<Shrunk> {
  const [violation] = failed.violations;
  if (!violation) throw new Error("there is no failure to shrink");
  const world = { seed: failed.seed, messages: failed.planned };
  let best: Shrunk = { plan: planOf(world), violation };
  let left = tries;

  async function fails(plan: readonly Act[]): Promise<boolean> {
    if (left <= 0 || plan.length === best.plan.length) return false;
    left -= 1;
    const { violations } = await runWorld(plugin, world, { plan });
    const same = violations.find(({ rule }) => rule === best.violation.rule);
    if (same) best = { plan, violation: same };
    return same !== undefined;
  }

  // A prefix first, then without the other chats, then without ever smaller pieces.
  for (let step = Math.ceil(best.plan.length / 2); step >= 1 && left > 0; step = step >> 1) {
    // oxlint-disable-next-line no-await-in-loop
    while (best.plan.length > step && (await fails(best.plan.slice(0, -step)))) continue;
  }
  for (const chat of new Set(best.plan.map((act) => ("chat" in act ? act.chat : 0)))) {
    if (chat === 0) continue;
    // oxlint-disable-next-line no-await-in-loop
    await fails(best.plan.filter((act) => !("chat" in act) || act.chat !== chat));
  }
  for (let size = Math.ceil(best.plan.length / 2); size >= 1 && left > 0; size = size >> 1) {
    for (let from = 0; from < best.plan.length && left > 0;) {
      const without = [...best.plan.slice(0, from), ...best.plan.slice(from + size)];
      // oxlint-disable-next-line no-await-in-loop
      if (!(await fails(without))) from += size;
    }
  }
  return best;
}
