/** Fulfilled when all has run that waited for nothing but promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** What `action` left unhandled, once nothing moves any more. */
export async function unhandledDuring(action: () => Promise<unknown> | void): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  try {
    await action();
    await settled();
  } finally {
    process.off("unhandledRejection", note);
  }
  return unhandled;
}
