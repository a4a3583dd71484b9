/**
 * The greatest number up to `max` for which `fits` holds, 0 if it does not even hold for 1. It holds up to some number and
 * for none beyond. Looks at no more than twice the number that it finds, however large `max` is.
 */
export function mostThatFits(max: number, fits: (count: number) => boolean): number {
  let found = 0;
  let step = 1;
  while (found + step <= max && fits(found + step)) {
    found += step;
    step *= 2;
  }
  for (step /= 2; step >= 1; step /= 2) {
    if (found + step <= max && fits(found + step)) found += step;
  }
  return found;
}
