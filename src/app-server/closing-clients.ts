/** App-servers that end: until its process is gone, each holds the threads that it has loaded. */
export class ClosingClients {
  /** With whom it served; undefined where that is not known. */
  readonly #ends = new Map<Promise<void>, ReadonlySet<string> | undefined>();

  add(end: Promise<void>, owners: ReadonlySet<string> | undefined): void {
    const gone = end.finally(() => this.#ends.delete(gone));
    this.#ends.set(gone, owners);
  }

  /** Those whose threads may be these owners'; what another server's process takes is no matter of theirs. */
  of(owners: ReadonlySet<string>): Promise<void>[] {
    return [...this.#ends].flatMap(([gone, served]) =>
      served === undefined || [...served].some((owner) => owners.has(owner)) ? [gone] : [],
    );
  }

  async all(): Promise<void> {
    await Promise.all(this.#ends.keys());
  }
}
