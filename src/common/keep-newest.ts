/** What a set or a map can tell of the order in which it was filled. */
type Filled<Key> = {
  readonly size: number;
  keys(): Iterable<Key>;
  delete(key: Key): boolean;
};

/** Drops the oldest entry of what holds more than `limit`: called after each addition, it keeps that many of the newest. */
export function keepNewest<Key>(entries: Filled<Key>, limit: number): void {
  if (entries.size <= limit) return;
  for (const oldest of entries.keys()) {
    entries.delete(oldest);
    return;
  }
}
