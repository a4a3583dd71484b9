import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { lookUntil } from "./look-again.js";
import { asObject, asString, parseJson } from "./wire-guards.js";

export interface ThreadBinding {
  readonly path: string;
  readonly threadId: string;
}

/** The thread bindings that the plugin keeps below the gateway's state folder, by their files. */
export class ThreadBindings {
  readonly #folder: string;

  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, "codex-conversation");
  }

  async list(): Promise<ThreadBinding[]> {
    const entries = await readdir(this.#folder, { recursive: true }).catch(() => []);
    const paths = entries.filter((name) => name.endsWith(".codex-app-server.json")).toSorted();
    const bindings = await Promise.all(paths.map((name) => readBinding(join(this.#folder, name))));
    return bindings.filter((binding) => binding !== undefined);
  }

  /** Resolves once this thread has no binding any more. */
  async waitUntilGone(threadId: string): Promise<void> {
    await lookUntil(`no binding of thread ${threadId}`, async () =>
      (await this.#holds(threadId)) ? undefined : true,
    );
  }

  async #holds(threadId: string): Promise<boolean> {
    return (await this.list()).some((binding) => binding.threadId === threadId);
  }
}

/** `undefined` when the file went in the meantime. */
async function readBinding(path: string): Promise<ThreadBinding | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  return { path, threadId: asString(asObject(parseJson(text))["threadId"]) };
}
