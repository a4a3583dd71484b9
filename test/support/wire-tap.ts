import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCodexBinary } from "./codex-home.js";
import { lookUntil } from "./look-again.js";
import { asObject, asString, parseJson, type JsonObject } from "./wire-guards.js";

/** What a gateway sends to the Codex that it starts, line by line. */
export class WireTap implements AsyncDisposable {
  readonly #folder: string;
  readonly #file: string;
  /** Settings by which the gateway's Codex is started with the tap before it. */
  readonly appServer: { readonly command: string; readonly args: readonly string[] };

  static async create(): Promise<WireTap> {
    const folder = await mkdtemp(join(tmpdir(), "wire-tap-"));
    await writeFile(join(folder, "requests"), "");
    return new WireTap(folder, await findCodexBinary());
  }

  private constructor(folder: string, codex: string) {
    this.#folder = folder;
    this.#file = join(folder, "requests");
    // Both end with their stdin.
    const args = ["-c", 'tee -a "$0" | "$1" app-server', this.#file, codex];
    this.appServer = { command: "sh", args };
  }

  /** The params of all requests of a method so far, once these fit. */
  sent(
    method: string,
    fits: (params: readonly JsonObject[]) => boolean,
  ): Promise<readonly JsonObject[]> {
    return lookUntil(`the ${method} that were sent`, async () => {
      const params = await this.#paramsOf(method);
      return fits(params) ? params : undefined;
    });
  }

  async #paramsOf(method: string): Promise<JsonObject[]> {
    const lines = (await readFile(this.#file, "utf8")).split("\n").slice(0, -1);
    return lines
      .map((line) => asObject(parseJson(line)))
      .filter((request) => asString(request["method"]) === method)
      .map(({ params }) => asObject(params));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}
