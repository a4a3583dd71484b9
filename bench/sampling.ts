/** Samples in pairs, so that what else the machine does falls on both sides alike. */

export type Summary = {
  median: number;
  /** Between these the median of ever more samples would lie, 19 times in 20. */
  medianFrom: number;
  medianTo: number;
  p10: number;
  p90: number;
  samples: number;
};

export type Sample = () => Promise<number> | number;

/** Takes `count` pairs after `warmUp` that do not count; whose turn it is first changes from pair to pair. */
export async function samplePairs(
  { count, warmUp }: { count: number; warmUp: number },
  plugin: Sample,
  limit: Sample,
): Promise<{ plugin: number[]; limit: number[] }> {
  const taken: { plugin: number[]; limit: number[] } = { plugin: [], limit: [] };
  for (let round = -warmUp; round < count; round++) {
    const pair = { plugin: Number.NaN, limit: Number.NaN };
    const pluginFirst = round % 2 === 0;
    // One at a time is the point of it.
    if (pluginFirst) pair.plugin = await plugin();
    pair.limit = await limit();
    if (!pluginFirst) pair.plugin = await plugin();
    if (round < 0) continue;
    taken.plugin.push(pair.plugin);
    taken.limit.push(pair.limit);
  }
  return taken;
}

/** Milliseconds that the action takes. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

export function summarise(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((one, other) => one - other);
  // Each sample is as likely above the median as below: the places come from the binomial distribution.
  const reach = 0.98 / Math.sqrt(sorted.length);
  return {
    median: quantile(sorted, 0.5),
    medianFrom: quantile(sorted, Math.max(0, 0.5 - reach)),
    medianTo: quantile(sorted, Math.min(1, 0.5 + reach)),
    p10: quantile(sorted, 0.1),
    p90: quantile(sorted, 0.9),
    samples: sorted.length,
  };
}

/** Between two samples it is read off the line that joins them. */
function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
