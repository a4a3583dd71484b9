/** Numbers, ages and times as they are said on a phone: short. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `950`, `12k`, `1.2M`. */
export function shortCount(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1_000_000) return `${Math.round(count / 1000)}k`;
  return `${Math.round(count / 100_000) / 10}M`;
}

/** The largest two units: `40 s`, `3 min`, `2 h 5 min`, `3 d 4 h`. */
export function shortDuration(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  const [big, small] =
    ms < DAY
      ? [`${Math.floor(ms / HOUR)} h`, `${Math.floor((ms % HOUR) / MINUTE)} min`]
      : [`${Math.floor(ms / DAY)} d`, `${Math.floor((ms % DAY) / HOUR)} h`];
  return small.startsWith("0 ") ? big : `${big} ${small}`;
}

/** How long ago: `just now`, `5 min ago`, `3 d ago`. */
export function shortAge(ms: number): string {
  if (ms < MINUTE) return "just now";
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ago`;
  return `${Math.floor(ms / DAY)} d ago`;
}

/** `16:30 UTC`, with the day where it is not soon: `24 Nov 16:30 UTC`. */
export function shortTime(at: number, now: number): string {
  const date = new Date(at);
  const time = `${date.toISOString().slice(11, 16)} UTC`;
  if (at - now < 20 * HOUR) return time;
  const month = date.toLocaleString("en", { month: "short", timeZone: "UTC" });
  return `${date.getUTCDate()} ${month} ${time}`;
}

/** `950 B`, `12 KB`, `1.2 MB`. */
export function shortSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} KB`;
  return `${Math.round(bytes / 100_000) / 10} MB`;
}
