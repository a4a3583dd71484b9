/** How many slips make one word of the other: a letter that is wrong, missing or too many, or two that changed places. */
export function lettersApart(left: string, right: string): number {
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let at = 1; at <= left.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= right.length; to += 1) {
      const isSwapped = left[at - 1] === right[to - 2] && left[at - 2] === right[to - 1];
      next.push(
        Math.min(
          (row[to - 1] ?? 0) + (left[at - 1] === right[to - 1] ? 0 : 1),
          (row[to] ?? 0) + 1,
          (next[to - 1] ?? 0) + 1,
          isSwapped && at > 1 && to > 1 ? (before[to - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
