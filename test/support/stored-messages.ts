import { readdir, watch } from "node:fs/promises";
import { join } from "node:path";

/** The messages that the plugin keeps below the gateway's state folder until they are answered. */
export class StoredMessages {
  readonly #folder: string;

  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, "codex-conversation");
  }

  /** Paths below the plugin's folder. */
  async list(): Promise<string[]> {
    const entries = await readdir(this.#folder, { recursive: true }).catch(() => []);
    return entries.filter((name) => /\.inbox\/[^/]+\.json$/.test(name)).toSorted();
  }

  /** Resolves once so many are stored. The plugin must have stored something before. */
  async waitForCount(count: number, { timeoutMs = 30_000 } = {}): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    // Watched before it is looked at, so that nothing falls between the two.
    const changes = watch(this.#folder, { recursive: true, signal });
    try {
      if ((await this.list()).length === count) return;
      for await (const _ of changes) if ((await this.list()).length === count) return;
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Error(`there are not ${count} stored messages after ${timeoutMs} ms`, {
        cause: error,
      });
    }
  }
}
