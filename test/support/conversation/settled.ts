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

/** Lets the event loop go round until this holds; the test's own time-out bounds it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop
  while (!(await holds())) await settled();
}
