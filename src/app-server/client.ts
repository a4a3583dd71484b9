import { monotonicMs } from "../common/clock.js";
import { CODEX_CONTROL_METHODS } from "./capabilities.js";
import { ClientHandlers } from "./client-handlers.js";
import { configProblemIn } from "./config-problem.js";
import { CodexConnection } from "./connection.js";
import { requireSupportedCodex } from "./codex-version.js";
import type { DiagnosticSink } from "./diagnostics.js";
import { CodexLocalError } from "./errors.js";
import { INITIALIZE_PARAMS, readServerVersion } from "./handshake.js";
import {
  LEFT_TO_OTHERS,
  type CodexAnswer,
  type CodexClient,
  type CodexCloseHandler,
  type CodexHandlerScope,
  type CodexNotification,
  type CodexNotificationHandler,
  type CodexNotificationScope,
  type CodexRequestHandler,
  type CodexRequestOptions,
  type CodexServerRequest,
} from "./protocol.js";
import { refusalOfMethod } from "./refusals.js";
import { LoadedThreads } from "./loaded-threads.js";
import type { Transport } from "./transport.js";

const SIGN_OF_LIFE_WITHIN_MS = 10_000;

const { interruptTurn, endCommand, endCommands } = CODEX_CONTROL_METHODS;
const KILLS_COMMANDS: ReadonlySet<string> = new Set([interruptTurn, endCommand, endCommands]);

export type CodexClientListener = {
  /** `busy` has turned false. */
  onIdle?: () => void;
  onDiagnostic?: DiagnosticSink;
};

/** One app-server, shared by all the conversations that talk to it. */
export class CodexAppServerClient implements CodexClient {
  readonly #connection: CodexConnection;
  readonly #transport: Transport;
  readonly #listener: CodexClientListener;
  readonly #handlers = new ClientHandlers((kind) => this.#connection.diagnostics.count(kind));
  readonly #threads = new LoadedThreads();
  readonly #closeHandlers = new Set<{ handler: CodexCloseHandler }>();
  readonly #closed = Promise.withResolvers<Error>();
  #closeReason: Error | undefined;
  #serverVersion: string | undefined;
  #configProblem: string | undefined;
  #inDoubt = false;
  /** What Codex has asked and nobody has answered yet. */
  #asked = 0;
  #usedAt = monotonicMs();

  /** Opens the transport and owns it from here on; nothing but `initialize` is allowed at first. */
  constructor(transport: Transport, listener: CodexClientListener = {}) {
    this.#transport = transport;
    this.#listener = listener;
    this.#connection = new CodexConnection(transport, {
      onNotification: (notification) => this.#notify(notification),
      onRequest: (request) => this.#answer(request),
      onClose: (reason) => this.#onClose(reason),
      onSettled: () => this.#checkIdle(),
      onDiagnostic: (message) => listener.onDiagnostic?.(message),
    });
  }

  /** The handshake. Its failure leaves the client to be closed by whoever made it. */
  async initialize(options: CodexRequestOptions): Promise<void> {
    const response = await this.#connection.request("initialize", INITIALIZE_PARAMS, options);
    this.#serverVersion = readServerVersion(response);
    requireSupportedCodex(this.#serverVersion);
    this.#connection.notify("initialized");
  }

  /** Version of the app-server, known after `initialize` if it can be read from its answer. */
  get serverVersion(): string | undefined {
    return this.#serverVersion;
  }

  get configProblem(): string | undefined {
    return this.#configProblem;
  }

  /**
   * Somebody waits for an answer, or a turn runs on a thread that is loaded here. Who merely listens does not count: a
   * chat listens to its thread for as long as it is bound.
   */
  get busy(): boolean {
    return this.#connection.pendingCalls > 0 || this.#threads.isAnyRunning;
  }

  /** Besides, no goal is about to begin its next turn, and Codex waits for no answer. */
  get atRest(): boolean {
    return !this.busy && !this.#threads.isAnyGoalActive && this.#asked === 0;
  }

  /** When something was last asked or answered here, or a turn ended; by the monotonic clock. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** The app-server has loaded the thread for us, so that no other can until it unloads it, or ends. */
  holds(threadId: string): boolean {
    return this.#threads.has(threadId);
  }

  /** Other clients may talk to the same app-server: turns that nobody here began may be theirs. */
  get isShared(): boolean {
    return this.#transport.isShared;
  }

  get isClosed(): boolean {
    return this.#closeReason !== undefined;
  }

  /** Fulfilled with the reason as soon as the client is of no more use. */
  get closed(): Promise<Error> {
    return this.#closed.promise;
  }

  /** Last lines of the process's stderr, or "". */
  get details(): string {
    return this.#transport.details;
  }

  request(method: string, params: unknown, options: CodexRequestOptions): Promise<unknown> {
    const answer = this.look(method, params, options);
    this.#use();
    answer.then(this.#use, this.#use);
    answer.then(
      (result) => this.#threads.readAnswer(method, result),
      (error: unknown) => {
        const timedOut = error instanceof CodexLocalError && error.code === "REQUEST_TIMEOUT";
        if (timedOut) void this.#makeSureOfLife(options.timeoutMs);
      },
    );
    if (KILLS_COMMANDS.has(method)) {
      const tidyUp = (): void => this.#transport.commandsKilled?.();
      answer.then(tidyUp, tidyUp);
    }
    return answer;
  }

  /** A request that changes nothing and does not count as a use. */
  look(method: string, params: unknown, options: CodexRequestOptions): Promise<unknown> {
    return this.#connection.request(method, params, options);
  }

  addNotificationHandler(
    handler: CodexNotificationHandler,
    scope?: CodexNotificationScope,
  ): () => void {
    return this.#handlers.addNotificationHandler(handler, scope);
  }

  /** Handlers of the thread are asked before those without one, each group in order of their adding. */
  addRequestHandler(handler: CodexRequestHandler, scope?: CodexHandlerScope): () => void {
    return this.#handlers.addRequestHandler(handler, scope);
  }

  /** Called once; as a microtask when the client is closed already. */
  addCloseHandler(handler: CodexCloseHandler): () => void {
    const entry = { handler };
    this.#closeHandlers.add(entry);
    const reason = this.#closeReason;
    if (reason !== undefined) queueMicrotask(() => this.#tellClosed(entry, reason));
    return () => void this.#closeHandlers.delete(entry);
  }

  /** Fails what is pending at once; settled when the process or the socket is gone. */
  close(
    reason: Error = new CodexLocalError("CONNECTION_CLOSED", "The Codex app-server was closed."),
  ): Promise<void> {
    return this.#connection.close(reason);
  }

  /**
   * An answer can get lost, but an app-server that says nothing at all is stuck, and all its chats with it: it is
   * asked something that every version answers at once, and given up where it keeps silent.
   */
  async #makeSureOfLife(timeoutMs: number): Promise<void> {
    if (this.#inDoubt || this.isClosed) return;
    this.#inDoubt = true;
    const heardBefore = this.#connection.received;
    const question = this.#connection.request(
      CODEX_CONTROL_METHODS.account,
      {},
      { timeoutMs: Math.min(timeoutMs, SIGN_OF_LIFE_WITHIN_MS) },
    );
    await question.catch(() => undefined);
    this.#inDoubt = false;
    if (this.#connection.received > heardBefore) return;
    const message = "The Codex app-server gave no answer any more and was ended.";
    void this.close(new CodexLocalError("CONNECTION_CLOSED", message));
  }

  #notify(notification: CodexNotification): void {
    this.#configProblem ??= configProblemIn(notification);
    const hasTurnEnded = this.#threads.handleNotification(notification);
    this.#handlers.notify(notification);
    if (!hasTurnEnded) return;
    this.#use();
    this.#checkIdle();
  }

  readonly #use = (): void => {
    this.#usedAt = monotonicMs();
  };

  /** Another client of a shared app-server may be about to answer, and whatever we sent would take the question from it. */
  async #answer(request: CodexServerRequest): Promise<CodexAnswer | undefined> {
    this.#asked += 1;
    const answer = await this.#handlers.ask(request).finally(() => {
      this.#asked -= 1;
      this.#use();
    });
    if (answer !== undefined && answer !== LEFT_TO_OTHERS) return answer;
    return this.#transport.isShared ? LEFT_TO_OTHERS : refusalOfMethod(request.method);
  }

  #onClose(reason: Error): void {
    this.#closeReason = reason;
    this.#closed.resolve(reason);
    for (const entry of this.#closeHandlers) this.#tellClosed(entry, reason);
  }

  #tellClosed(entry: { handler: CodexCloseHandler }, reason: Error): void {
    if (!this.#closeHandlers.delete(entry)) return;
    try {
      entry.handler(reason);
    } catch {
      this.#connection.diagnostics.count("a close handler failed");
    }
  }

  #checkIdle(): void {
    if (!this.busy) this.#listener.onIdle?.();
  }
}
