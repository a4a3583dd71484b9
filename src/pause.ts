/** Waits; keeps no process alive that has nothing else to do. */
export async function pause(ms: number): Promise<void> {
  const over = Promise.withResolvers<void>();
  setTimeout(over.resolve, ms).unref();
  await over.promise;
}
