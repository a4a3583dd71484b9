import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { lookUntil } from "./look-again.js";

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

  /** Resolves once so many are stored. */
  async waitForCount(count: number): Promise<void> {
    await lookUntil(`${count} stored messages`, async () =>
      (await this.list()).length === count ? true : undefined,
    );
  }
}
