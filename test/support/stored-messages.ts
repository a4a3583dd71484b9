import { readdir } from "node:fs/promises";
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
}
