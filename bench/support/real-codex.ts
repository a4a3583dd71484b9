/** The real Codex with a home of its own and the scripted model, for the plugin and for the bare driver. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { disposeCodexAppServerClients } from "../../src/app-server/client-pool.js";
import { findCodexBinary, writeCodexHome } from "../../test/support/codex-home.js";
import type { Bench } from "../bench.js";
import { BareCodex } from "./bare-codex.js";
import { ModelProcess } from "./model.js";

export class RealCodex {
  readonly binary: string;
  readonly workspace: string;
  readonly #model: ModelProcess;

  static async prepare({ folder, worker }: Bench): Promise<RealCodex> {
    const [binary, model] = await Promise.all([findCodexBinary(), ModelProcess.start(worker)]);
    const [home, workspace] = [path.join(folder, "home"), path.join(folder, "workspace")];
    await Promise.all([writeCodexHome(home, model.baseUrl), mkdir(workspace)]);
    // Both sides start their Codex in this environment.
    process.env["CODEX_HOME"] = home;
    return new RealCodex(binary, workspace, model);
  }

  private constructor(binary: string, workspace: string, model: ModelProcess) {
    this.binary = binary;
    this.workspace = workspace;
    this.#model = model;
  }

  /** The plugin's settings for this Codex. */
  get config(): Record<string, unknown> {
    return { appServer: { command: this.binary, mode: "yolo" }, progress: "off" };
  }

  bare(): BareCodex {
    return new BareCodex(this.binary, this.workspace);
  }

  async dispose(): Promise<void> {
    await disposeCodexAppServerClients();
    await this.#model.stop();
  }
}
