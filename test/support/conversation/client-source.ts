import type { CodexClientRequest } from "../../../src/app-server/client-pool.js";
import type { CodexClient } from "../../../src/app-server/protocol.js";

/** Whom the stand-in of the shared client hands out, and who asked for it. */
class ClientSource {
  readonly requests: CodexClientRequest[] = [];
  #client: CodexClient | Error = new Error("this test has no Codex");
  readonly #named = new Map<string, CodexClient | Error>();

  /** Hands out this client from now on, or fails with this error. */
  serve(client: CodexClient | Error): void {
    this.#client = client;
    this.#named.clear();
    this.requests.length = 0;
  }

  /** The same for one server alone. */
  serveOn(server: string, client: CodexClient | Error): void {
    this.#named.set(server, client);
  }

  async get(request: CodexClientRequest): Promise<CodexClient> {
    this.requests.push(request);
    const client = this.#named.get(request.startOptions.server ?? "") ?? this.#client;
    if (client instanceof Error) throw client;
    return client;
  }
}

export const clientSource = new ClientSource();
