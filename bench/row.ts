/** What the bench finds out: the plugin's figure beside that of its limit. */
import { summarise, type Summary } from "./sampling.js";

/** What the issue asks for; compared with the median of the figure that it names. */
export type Target = { of: "plugin" | "ratio" | "difference" } & (
  | { atMost: number }
  | { atLeast: number }
);

export type Row = {
  group: string;
  name: string;
  unit: string;
  plugin: Summary;
  limit: Summary;
  /** What the limit is. */
  limitName: string;
  /** Plugin over limit, pair by pair. */
  ratio: Summary;
  /** Plugin minus limit, pair by pair. */
  difference: Summary;
  target?: Target;
};

export type RowFacts = Pick<Row, "name" | "unit" | "limitName"> & { target?: Target };

/** A row of samples that were taken in pairs. */
export function rowOf(
  facts: RowFacts,
  plugin: readonly number[],
  limit: readonly number[],
): Omit<Row, "group"> {
  const pairs = plugin.map((value, index) => [value, limit[index] ?? Number.NaN] as const);
  return {
    ...facts,
    plugin: summarise(plugin),
    limit: summarise(limit),
    ratio: summarise(pairs.map(([one, other]) => one / other)),
    difference: summarise(pairs.map(([one, other]) => one - other)),
  };
}

export function isMet({ target, ...row }: Row): boolean | undefined {
  if (target === undefined) return undefined;
  const { median } = row[target.of];
  return "atMost" in target ? median <= target.atMost : median >= target.atLeast;
}
