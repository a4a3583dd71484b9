import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { CodexAppServerClient } from "../../../src/app-server/client.js";
import { connectCodexAppServer } from "../../../src/app-server/connect.js";
import type { CodexAppServerStartOptions } from "../../../src/app-server/start-options.js";
import type { Chain } from "../chain.js";
import { findCodexBinary, writeCodexHome } from "../codex-home.js";
import { Journal } from "../journal.js";
import { removeFolder } from "../keeper-process.js";
import { ScriptedResponsesApi } from "../responses-api.js";
import { asObject, asString, type JsonObject } from "../wire-guards.js";

const TIMEOUT_MS = 60_000;

type Place = {
  api: ScriptedResponsesApi;
  home: string;
  workspace: string;
  /** Ends what the place consists of beside the Codex that runs there. */
  close: () => Promise<void>;
};

/** The real Codex with a scripted model. What it starts, `dispose` ends. */
export class RealCodex {
  readonly #place: Place;
  readonly #folder: string;
  readonly #binary: string;
  readonly #environmentBefore = {
    CODEX_HOME: process.env["CODEX_HOME"],
    HOME: process.env["HOME"],
  };
  readonly #clients: CodexAppServerClient[] = [];
  readonly #servers: ChildProcess[] = [];

  /** With a home of its own; `more`: lines of its config.toml. */
  static async prepare(model?: string, more: readonly string[] = []): Promise<RealCodex> {
    const [binary, api, folder] = await Promise.all([
      findCodexBinary(),
      ScriptedResponsesApi.start(),
      mkdtemp(join(tmpdir(), "real-codex-")),
    ]);
    const place = { api, home: join(folder, "home"), workspace: join(folder, "workspace") };
    const codex = new RealCodex(binary, folder, { ...place, close: () => api.stop() });
    await writeCodexHome(place.home, api.baseUrl, more, model);
    await mkdir(codex.workspace);
    return codex;
  }

  /** Beside the Codex of a running chain, with the same home and model: what else a person has open there. */
  static async beside({
    model,
    codexHome,
    workspace,
  }: Pick<Chain, "model" | "codexHome" | "workspace">): Promise<RealCodex> {
    const [binary, folder] = await Promise.all([
      findCodexBinary(),
      mkdtemp(join(tmpdir(), "real-codex-")),
    ]);
    // Under a name of its own: what names the chain's folder ends with its gateway.
    const home = join(folder, "home");
    await symlink(codexHome, home);
    const place = { api: model, home, workspace };
    return new RealCodex(binary, folder, { ...place, close: () => Promise.resolve() });
  }

  private constructor(binary: string, folder: string, place: Place) {
    this.#binary = binary;
    this.#folder = folder;
    this.#place = place;
    process.env["CODEX_HOME"] = place.home;
    // Commands run in a login shell, and a developer's own profile can take any time.
    process.env["HOME"] = folder;
  }

  get api(): ScriptedResponsesApi {
    return this.#place.api;
  }

  /** Where Codex keeps what is the person's. */
  get home(): string {
    return this.#place.home;
  }

  get workspace(): string {
    return this.#place.workspace;
  }

  /** A client of a process of its own, ready for use, and the process's pid. */
  async start(
    more: Pick<CodexAppServerStartOptions, "passEnv"> = {},
  ): Promise<CodexUser & { pid: number }> {
    const pidFile = join(this.#folder, `pid-${this.#clients.length}`);
    // The shell leaves its pid and becomes Codex.
    const args = ["-c", 'echo $$ >"$0"; exec "$@"', pidFile, this.#binary, "app-server"];
    const user = await this.#connect({
      transport: "stdio",
      command: "sh",
      args,
      ...("passEnv" in more && { passEnv: more.passEnv }),
    });
    return Object.assign(user, { pid: Number(await readFile(pidFile, "utf8")) });
  }

  /** An app-server that listens on a WebSocket, at any port or this one, and wants this token; gives its address. */
  async listen(token: string, port = 0): Promise<string> {
    const tokenFile = join(this.#folder, "token");
    await writeFile(tokenFile, token, { mode: 0o600 });
    const auth = ["--ws-auth", "capability-token", "--ws-token-file", tokenFile];
    const address = `ws://127.0.0.1:${port}`;
    const server = spawn(this.#binary, ["app-server", "--listen", address, ...auth], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#servers.push(server);
    for await (const line of createInterface(server.stderr)) {
      const url = /listening on: (ws:\S+)/.exec(line)?.[1];
      if (url === undefined) continue;
      server.stderr.resume();
      return url;
    }
    throw new Error("the app-server ended before it listened");
  }

  /** A client of an app-server that listens; rejects with what kept it from getting ready. */
  dial(url: string, authToken: string): Promise<CodexUser> {
    return this.#connect({ transport: "websocket", url, authToken });
  }

  async #connect(options: Partial<CodexAppServerStartOptions>): Promise<CodexUser> {
    const client = connectCodexAppServer(
      {
        transport: "stdio",
        command: "",
        commandSource: "config",
        args: [],
        headers: {},
        clearEnv: [],
        ...options,
      },
      {},
    );
    this.#clients.push(client);
    const user = new CodexUser(client, this.workspace);
    await client.initialize({ timeoutMs: TIMEOUT_MS });
    return user;
  }

  /** What the Codex binary prints its protocol into, in TypeScript. */
  async generateTypes(): Promise<string> {
    const out = join(this.#folder, "types");
    const generator = spawn(
      this.#binary,
      ["app-server", "generate-ts", "--experimental", "--out", out],
      { stdio: "ignore" },
    );
    const [code] = await once(generator, "exit");
    if (code !== 0) throw new Error(`generate-ts exited with ${String(code)}`);
    return out;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    for (const server of this.#servers) {
      const exit = once(server, "exit");
      // oxlint-disable-next-line no-await-in-loop
      if (server.kill("SIGKILL")) await exit;
    }
    await this.#place.close();
    for (const [name, value] of Object.entries(this.#environmentBefore)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    // What Codex has started can still write there for a moment.
    await removeFolder(this.#folder);
  }
}

/** A client and all that it has heard. */
export class CodexUser {
  readonly client: CodexAppServerClient;
  readonly heard = new Journal<{ method: string; params: JsonObject }>(
    "notifications of Codex",
    ({ method, params }) => `${method} ${JSON.stringify(params)}`,
  );
  readonly #workspace: string;

  constructor(client: CodexAppServerClient, workspace: string) {
    this.client = client;
    this.#workspace = workspace;
    client.addNotificationHandler(({ method, params }) =>
      this.heard.append({ method, params: asObject(params) }),
    );
  }

  async request(method: string, params: unknown): Promise<JsonObject> {
    return asObject(await this.client.request(method, params, { timeoutMs: TIMEOUT_MS }));
  }

  async startThread(more: JsonObject = {}): Promise<string> {
    const settings = { sandbox: "danger-full-access", approvalPolicy: "never", ...more };
    const answer = await this.request("thread/start", { cwd: this.#workspace, ...settings });
    return asString(asObject(answer["thread"])["id"]);
  }

  /** Gives the turn's id. */
  async startTurn(threadId: string, text: string): Promise<string> {
    const input = [{ type: "text", text, text_elements: [] }];
    const answer = await this.request("turn/start", { threadId, input });
    return asString(asObject(answer["turn"])["id"]);
  }

  /** The params of the first such notification, already there or yet to come. */
  async hears(method: string, turnId?: string): Promise<JsonObject> {
    const { params } = await this.heard.waitFor(
      (entry) =>
        entry.method === method &&
        (turnId === undefined ||
          entry.params["turnId"] === turnId ||
          asObject(entry.params["turn"])["id"] === turnId),
    );
    return params;
  }

  /** Runs a turn to its end; gives the turn as turn/completed describes it. */
  async runTurn(threadId: string, text: string): Promise<JsonObject> {
    const turnId = await this.startTurn(threadId, text);
    return asObject((await this.hears("turn/completed", turnId))["turn"]);
  }

  /** Texts of the agent's messages in that turn. */
  answers(turnId: string): string[] {
    return this.heard.entries
      .filter(({ method, params }) => method === "item/completed" && params["turnId"] === turnId)
      .map(({ params }) => asObject(params["item"]))
      .filter(({ type }) => type === "agentMessage")
      .map(({ text }) => asString(text));
  }
}
