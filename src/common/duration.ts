/** Milliseconds as people say them: `20 minutes`, `1.5 hours`. */
export function durationInWords(ms: number): string {
  const units = [
    [3_600_000, "hour"],
    [60_000, "minute"],
    [1000, "second"],
  ] as const;
  for (const [size, unit] of units) {
    if (ms >= size) {
      const count = Math.round((ms / size) * 10) / 10;
      return `${count} ${unit}${count === 1 ? "" : "s"}`;
    }
  }
  return `${ms} ms`;
}
