/** The scripted model of the real Codex, in a process of its own: it must not take time from what is measured. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { ScriptedResponsesApi, type Script } from "../../test/support/responses-api.js";
import { asObject, asString } from "../../test/support/wire-guards.js";

export const MODEL_ROLE = "model";

/** What is said to it to have it use the shell before it answers. */
export const USE_SHELL = "use the shell";

const script: Script = ({ said }) =>
  said.includes(USE_SHELL)
    ? [
        { do: "shell", command: "seq 1 200" },
        { do: "say", text: `done: ${said}`, phase: "final_answer" },
      ]
    : [{ do: "say", text: `re: ${said}`, phase: "final_answer" }];

/** The model's side: answers at once until its parent has gone. */
export async function serveModel(): Promise<void> {
  const api = await ScriptedResponsesApi.start(script);
  process.send?.({ baseUrl: api.baseUrl });
  await once(process, "disconnect");
  await api.stop();
}

export class ModelProcess {
  readonly baseUrl: string;
  readonly #child: ChildProcess;

  static async start(worker: string): Promise<ModelProcess> {
    const child = fork(worker, [MODEL_ROLE], { execArgv: [] });
    const [message] = await once(child, "message", { signal: AbortSignal.timeout(20_000) });
    return new ModelProcess(child, asString(asObject(message)["baseUrl"]));
  }

  private constructor(child: ChildProcess, baseUrl: string) {
    this.#child = child;
    this.baseUrl = baseUrl;
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }
}
