/** Runs actions of the same key one after another, in order of asking; those of different keys side by side. */
export function oneAtATime(): <T>(key: string, action: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<void>>();
  return (key, action) => {
    const result = (last.get(key) ?? Promise.resolve()).then(action);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    last.set(key, settled);
    void settled.then(() => {
      if (last.get(key) === settled) last.delete(key);
    });
    return result;
  };
}
