const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Milliseconds as people say them: `20 minutes`, `1 min 10 s`, `1 h 30 min`. */
export function durationInWords(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return counted(seconds, "second");
  if (seconds < 3600) {
    const rest = seconds % 60;
    const minutes = Math.floor(seconds / 60);
    return rest === 0 ? counted(minutes, "minute") : `${minutes} min ${rest} s`;
  }
  const minutes = Math.round(ms / MINUTE);
  const rest = minutes % 60;
  const hours = Math.floor((minutes * MINUTE) / HOUR);
  return rest === 0 ? counted(hours, "hour") : `${hours} h ${rest} min`;
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
