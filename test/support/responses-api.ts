import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { zstdDecompressSync } from "node:zlib";
import { Journal, type WaitOptions } from "./journal.js";
import { type LoopbackServer, readBody, serveOnLoopback } from "./loopback-server.js";
import {
  codeCall,
  type ModelRequest,
  readModelRequest,
  shellCall,
  type ToolCall,
  toolCall,
} from "./model-request.js";
import { asObject, parseJson } from "./wire-guards.js";

/** What the scripted model does next. */
export type Step =
  | {
      readonly do: "say";
      /** What it says can depend on the outputs of the calls before it. */
      readonly text: string | ((request: ModelRequest) => string);
      readonly phase?: "commentary" | "partial_answer" | "final_answer";
    }
  /** Any other item that a provider's response can hold, such as a picture. */
  | { readonly do: "item"; readonly item: Readonly<Record<string, unknown>> }
  | { readonly do: "pause"; readonly ms: number }
  /** Holds the turn open until the gate opens; the turn's other events go out before. */
  | { readonly do: "hold"; readonly gate: Gate }
  /**
   * Calls the shell tool that Codex offers; the steps after it go on when Codex brings the output.
   * With a justification it asks for leave to run outside of the sandbox.
   */
  | { readonly do: "shell"; readonly command: string; readonly justification?: string }
  /**
   * Calls another tool that Codex offers, in the way in which it does; `namespace` is the tool server's. What it brings
   * can depend on the outputs of the calls before it. The same holds for the steps after it.
   */
  | {
      readonly do: "call";
      readonly name: string;
      readonly args:
        | Readonly<Record<string, unknown>>
        | ((request: ModelRequest) => Readonly<Record<string, unknown>>);
      readonly namespace?: string;
    }
  /** Gives JavaScript to today's models' `exec`. The same holds for the steps after it. */
  | { readonly do: "exec"; readonly code: string }
  /** Answers with an HTTP status instead of a stream; only as the first step. */
  | {
      readonly do: "fail";
      readonly status: number;
      readonly message?: string;
      /** The provider's name for the cause. */
      readonly type?: string;
      /** When a used-up limit is there again, in seconds since 1970. */
      readonly resetsAt?: number;
    }
  /** Streams the beginning of a message and lets the connection end in the middle of it. */
  | { readonly do: "cut"; readonly text?: string };

/** What the model does about a request. It is not asked while steps of the same turn are left. */
export type Script = (request: ModelRequest) => readonly Step[];

/** A gate that somebody else opens; the deterministic way to hold a turn open. */
export class Gate {
  readonly #opened = Promise.withResolvers<void>();

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  open(): void {
    this.#opened.resolve();
  }
}

/** The default script: the answer is what was said last. */
/** A whole message of the model's. */
export function says(
  text: string,
  phase: "commentary" | "partial_answer" | "final_answer" = "final_answer",
): Step {
  return { do: "say", text, phase };
}

const echo: Script = ({ said }) => [{ do: "say", text: said, phase: "final_answer" }];

/** OpenAI's Responses API on loopback, for the real Codex, with a script in the model's place. */
export class ScriptedResponsesApi {
  /** Requests whose answer nobody waited for to its end. */
  readonly givenUp = new Journal<ModelRequest>("requests that were given up", ({ said }) => said);
  /** Every request for a response that came in, in order. */
  readonly requests = new Journal<ModelRequest>(
    "the requests to the model",
    ({ threadId, said }) => `thread ${threadId}: ${said}`,
  );
  script: Script = echo;
  /** What it tells beside its answers, such as how much of a limit is used up. */
  headers: Readonly<Record<string, string>> = {};
  /** The one key that it takes; without it there is no need of any. */
  key: string | undefined;

  readonly #server: LoopbackServer;
  readonly #leftOfTurn = new Map<string, readonly Step[]>();
  #lastItem = 0;

  static async start(script: Script = echo): Promise<ScriptedResponsesApi> {
    const ready = Promise.withResolvers<ScriptedResponsesApi>();
    const server = await serveOnLoopback(async (request, response) => {
      await (await ready.promise).#answer(request, response);
    });
    const api = new ScriptedResponsesApi(server);
    api.script = script;
    ready.resolve(api);
    return api;
  }

  private constructor(server: LoopbackServer) {
    this.#server = server;
  }

  /** The `base_url` of a model provider. */
  get baseUrl(): string {
    return `${this.#server.url}/v1`;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** The first request whose `said` matches, already there or yet to come. */
  waitForRequest(said: RegExp, options?: WaitOptions<ModelRequest>): Promise<ModelRequest> {
    return this.requests.waitFor((request) => said.test(request.said), options);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (request.method === "GET" && request.url?.startsWith("/v1/models")) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ object: "list", data: [], models: [] }));
      return;
    }
    if (request.method !== "POST" || request.url !== "/v1/responses") {
      response.writeHead(404).end();
      return;
    }
    if (this.key !== undefined && request.headers.authorization !== `Bearer ${this.key}`) {
      response.writeHead(401, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { code: "invalid_api_key", message: "bad key" } }));
      return;
    }
    const compressed = request.headers["content-encoding"] === "zstd";
    const text = (compressed ? zstdDecompressSync(body) : body).toString("utf8");
    const modelRequest = readModelRequest(asObject(parseJson(text)));
    // Asked before the journal tells the tests, so that a script changed on that news is for the next.
    const steps = this.#stepsFor(modelRequest);
    this.requests.append(modelRequest);
    await this.#play(steps, modelRequest, response);
  }

  #stepsFor(request: ModelRequest): readonly Step[] {
    // Codex 0.125 names no turn; there a request without outputs of tools begins another.
    const begins = request.turnId === "" && request.toolOutputs.length === 0;
    const left = begins ? undefined : this.#leftOfTurn.get(request.turnId);
    this.#leftOfTurn.delete(request.turnId);
    return left ?? this.script(request);
  }

  async #play(
    steps: readonly Step[],
    request: ModelRequest,
    response: ServerResponse,
  ): Promise<void> {
    const [first] = steps;
    if (first?.do === "fail") {
      const { message = "failure on demand", type = "scripted", resetsAt } = first;
      const error = { message, type, ...(resetsAt !== undefined && { resets_at: resetsAt }) };
      response.writeHead(first.status, { "content-type": "application/json" });
      response.end(JSON.stringify({ error }));
      return;
    }
    const gone = new Promise<void>((resolve) => void response.once("close", resolve));
    const stream = new ResponseStream(response, `r${++this.#lastItem}`);
    stream.begin(this.headers);
    for (const [index, step] of steps.entries()) {
      switch (step.do) {
        case "say":
          stream.message(
            `m${++this.#lastItem}`,
            typeof step.text === "function" ? step.text(request) : step.text,
            step.phase,
          );
          break;
        case "item":
          stream.item(step.item);
          break;
        case "pause":
          await Promise.race([sleep(step.ms, undefined, { ref: false }), gone]);
          break;
        case "hold":
          await Promise.race([step.gate.opened, gone]);
          break;
        case "shell":
        case "call":
        case "exec":
          this.#leftOfTurn.set(request.turnId, steps.slice(index + 1));
          stream.toolCall(`c${++this.#lastItem}`, callOf(step, request));
          stream.end();
          return;
        case "cut":
          stream.cut(`m${++this.#lastItem}`, step.text ?? "");
          return;
        case "fail":
          throw new Error("a model can fail with a status only before it has said anything");
      }
      if (response.destroyed) {
        this.givenUp.append(request);
        return;
      }
    }
    stream.end();
  }
}

function callOf(
  step: Extract<Step, { do: "shell" | "call" | "exec" }>,
  request: ModelRequest,
): ToolCall {
  switch (step.do) {
    case "shell":
      return shellCall(request, step.command, step.justification);
    case "exec":
      return codeCall(step.code);
    case "call": {
      const { name, args, namespace } = step;
      return toolCall(request, name, typeof args === "function" ? args(request) : args, namespace);
    }
  }
}

/** The server-sent events of one response. */
class ResponseStream {
  readonly #response: ServerResponse;
  readonly #id: string;
  #index = 0;

  constructor(response: ServerResponse, id: string) {
    this.#response = response;
    this.#id = id;
  }

  begin(headers: Readonly<Record<string, string>>): void {
    this.#response.writeHead(200, { "content-type": "text/event-stream", ...headers });
    this.#emit("response.created", { response: { id: this.#id } });
  }

  message(id: string, text: string, phase?: string): void {
    const item = { type: "message", role: "assistant", id, ...(phase && { phase }) };
    const position = { output_index: this.#index++ };
    this.#emit("response.output_item.added", { ...position, item: { ...item, content: [] } });
    this.#delta(id, position.output_index, text);
    const content = [{ type: "output_text", text }];
    this.#emit("response.output_item.done", { ...position, item: { ...item, content } });
  }

  toolCall(id: string, call: ToolCall): void {
    this.item({ id, call_id: `call_${id}`, ...call });
  }

  item(item: Readonly<Record<string, unknown>>): void {
    this.#emit("response.output_item.done", { output_index: this.#index++, item });
  }

  cut(id: string, text: string): void {
    const item = { type: "message", role: "assistant", id, content: [] };
    this.#emit("response.output_item.added", { output_index: this.#index, item });
    this.#delta(id, this.#index, text);
    // Ended rather than destroyed, so that what was said of the message does arrive.
    this.#response.end();
  }

  end(): void {
    const usage = {
      input_tokens: 1,
      input_tokens_details: null,
      output_tokens: 1,
      output_tokens_details: null,
      total_tokens: 2,
    };
    this.#emit("response.completed", { response: { id: this.#id, output: [], usage } });
    this.#response.end();
  }

  #delta(id: string, index: number, text: string): void {
    const delta = { item_id: id, output_index: index, content_index: 0, delta: text };
    this.#emit("response.output_text.delta", delta);
  }

  #emit(type: string, data: Readonly<Record<string, unknown>>): void {
    this.#response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  }
}
