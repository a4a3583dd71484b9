/** The real Codex under a bare driver. */
import { randomUUID } from "node:crypto";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { asObject, asString } from "../../test/support/wire-guards.js";
import { INITIALIZE_PARAMS } from "../../src/app-server/handshake.js";
import { DEVELOPER_INSTRUCTIONS } from "../../src/thread/instructions.js";
import { BareDriver } from "./bare-driver.js";

/** What the plugin sends in mode `yolo`. */
const PERMISSIONS = { approvalPolicy: "never", approvalsReviewer: "user" };
const SANDBOX = "danger-full-access";
/** The model that Codex names in its answer to thread/start, and the plugin then with each turn. */
const MODEL = "mock-model";

const APP_SERVER_ARGS = ["app-server", "--listen", "stdio://"];

export class BareCodex {
  readonly driver: BareDriver;
  /** Bytes that Codex has written so far. */
  received = 0;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #cwd: string;

  constructor(binary: string, cwd: string) {
    this.#cwd = cwd;
    const child = spawn(binary, APP_SERVER_ARGS, { stdio: ["pipe", "pipe", "ignore"] });
    this.#child = child;
    this.driver = new BareDriver((line) => void child.stdin.write(line));
    child.stdout.on("data", (chunk: Buffer) => {
      this.received += chunk.length;
      this.driver.push(chunk);
    });
  }

  initialize(params: object = INITIALIZE_PARAMS): Promise<void> {
    return this.driver.initialize(params);
  }

  async startThread(): Promise<string> {
    const params = {
      cwd: this.#cwd,
      developerInstructions: DEVELOPER_INSTRUCTIONS,
      ...PERMISSIONS,
      sandbox: SANDBOX,
    };
    const { thread } = await this.driver.request("thread/start", params);
    return asString(asObject(thread)["id"]);
  }

  async resumeThread(threadId: string): Promise<void> {
    const params = {
      threadId,
      excludeTurns: true,
      ...PERMISSIONS,
      sandbox: SANDBOX,
      model: MODEL,
    };
    await this.driver.request("thread/resume", params);
  }

  turn(threadId: string, text: string): Promise<string> {
    const params = {
      threadId,
      input: [{ type: "text", text, text_elements: [] }],
      clientUserMessageId: randomUUID(),
      cwd: this.#cwd,
      ...PERMISSIONS,
      sandboxPolicy: { type: "dangerFullAccess" },
      model: MODEL,
    };
    return this.driver.turn(params);
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.stdin.end();
    await exit;
  }
}
