/** Worlds in which nothing goes wrong, and one gateway lives through all of it: what it keeps of each message it keeps to the end. */

/** Of the worlds of a run every so manyth is calm. */
const EVERY = 8;
const REST = 5;

export function isCalm(seed: number): boolean {
  return seed % EVERY === REST;
}

/** The same seed, or one close to it, by its place in a run. */
export function seedAt(index: number, seed: number): number {
  const isDue = index % EVERY === REST;
  if (isDue) return seed - (seed % EVERY) + REST;
  return isCalm(seed) ? seed + 1 : seed;
}
