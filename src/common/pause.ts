/** Waits, until `until` settles at the latest; keeps no process alive that has nothing else to do. */
export async function pause(
  ms: number,
  until: Promise<unknown> = new Promise(() => {}),
): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  timer.unref();
  await Promise.race([over.promise, until]);
  clearTimeout(timer);
}
