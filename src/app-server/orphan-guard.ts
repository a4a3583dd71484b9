/**
 * How long the exit of this process may be held up. A healthy Codex ends 40 ms after its stdin closes and
 * takes the commands that it runs with it; killed, it leaves them behind (0.169: they are in sessions of
 * their own, out of reach of a signal to its group).
 */
const FAREWELL_MS = 250;

export type Child = {
  /** Synchronous. */
  closeInput(): void;
  /** Synchronous, and harmless when the child is gone. */
  kill(): void;
};

/**
 * The last resort, for children that are still there when this process exits without having stopped them.
 * Returns the release, to be called when the child is gone.
 */
export function guardAgainstOrphan(child: Child): () => void {
  if (children.size === 0) process.on("exit", endChildren);
  children.add(child);
  return () => {
    children.delete(child);
    if (children.size === 0) process.off("exit", endChildren);
  };
}

const children = new Set<Child>();

function endChildren(): void {
  for (const child of children) child.closeInput();
  // Nothing asynchronous happens any more: only blocking gives the children their time.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FAREWELL_MS);
  for (const child of children) child.kill();
}
