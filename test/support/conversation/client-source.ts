import type { CodexClientRequest } from "../../../src/app-server/client-pool.js";
import type { CodexClient } from "../../../src/app-server/protocol.js";

/** Whom the stand-in of the shared client hands out, and who asked for it. */
class ClientSource {
  readonly requests: CodexClientRequest[] = [];
  #client: CodexClient | Error = new Error("this test has no Codex");

  /** Hands out this client from now on, or fails with this error. */
  serve(client: CodexClient | Error): void {
    this.#client = client;
    this.requests.length = 0;
  }

  async get(request: CodexClientRequest): Promise<CodexClient> {
    this.requests.push(request);
    if (this.#client instanceof Error) throw this.#client;
    return this.#client;
  }
}

export const clientSource = new ClientSource();
