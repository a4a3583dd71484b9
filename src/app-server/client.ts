import { CODEX_CONTROL_METHODS } from "./capabilities.js";
import { CodexConnection } from "./connection.js";
import { requireSupportedCodex } from "./codex-version.js";
import type { DiagnosticSink } from "./diagnostics.js";
import { CodexLocalError } from "./errors.js";
import { INITIALIZE_PARAMS, readServerVersion } from "./handshake.js";
import type {
  CodexClient,
  CodexCloseHandler,
  CodexHandlerScope,
  CodexNotification,
  CodexNotificationHandler,
  CodexRequestHandler,
  CodexRequestOptions,
  CodexServerRequest,
  JsonValue,
} from "./protocol.js";
import { type Route, ThreadRoutes, threadIdOf } from "./thread-routes.js";
import type { Transport } from "./transport.js";

const SIGN_OF_LIFE_WITHIN_MS = 10_000;

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
  readonly #notificationRoutes = new ThreadRoutes<CodexNotificationHandler>();
  readonly #requestRoutes = new ThreadRoutes<CodexRequestHandler>();
  readonly #closeHandlers = new Set<{ handler: CodexCloseHandler }>();
  readonly #closed = Promise.withResolvers<Error>();
  #closeReason: Error | undefined;
  #serverVersion: string | undefined;
  #inDoubt = false;

  /** Opens the transport and owns it from here on; nothing but `initialize` is allowed at first. */
  constructor(transport: Transport, listener: CodexClientListener = {}) {
    this.#transport = transport;
    this.#listener = listener;
    this.#connection = new CodexConnection(transport, {
      onNotification: (notification) => this.#notify(notification),
      onRequest: (request) => this.#handleRequest(request),
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

  /** Somebody waits for an answer or for messages of a thread. */
  get busy(): boolean {
    return (
      this.#connection.pendingCalls > 0 ||
      this.#notificationRoutes.hasThreads ||
      this.#requestRoutes.hasThreads
    );
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
    const answer = this.#connection.request(method, params, options);
    answer.catch((error: unknown) => {
      const timedOut = error instanceof CodexLocalError && error.code === "REQUEST_TIMEOUT";
      if (timedOut) void this.#makeSureOfLife(options.timeoutMs);
    });
    return answer;
  }

  addNotificationHandler(handler: CodexNotificationHandler, scope?: CodexHandlerScope): () => void {
    return this.#thenCheckIdle(this.#notificationRoutes.add(handler, scope));
  }

  /** Handlers of the thread are asked before those without one, each group in order of their adding. */
  addRequestHandler(handler: CodexRequestHandler, scope?: CodexHandlerScope): () => void {
    return this.#thenCheckIdle(this.#requestRoutes.add(handler, scope));
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
    const routes = this.#notificationRoutes;
    this.#notifyAll(routes.ofThread(threadIdOf(notification.params)), notification);
    this.#notifyAll(routes.global, notification);
  }

  #notifyAll(
    first: Route<CodexNotificationHandler> | undefined,
    notification: CodexNotification,
  ): void {
    for (let route = first; route !== undefined; route = route.next) {
      if (route.removed) continue;
      try {
        route.handler(notification);
      } catch {
        this.#connection.diagnostics.count("a notification handler failed");
      }
    }
  }

  /** The first handler that answers is the only one to act, so they are asked one after another. */
  async #handleRequest(request: CodexServerRequest): Promise<JsonValue | undefined> {
    const routes = this.#requestRoutes;
    for (const first of [routes.ofThread(threadIdOf(request.params)), routes.global]) {
      for (let route = first; route !== undefined; route = route.next) {
        if (route.removed) continue;
        // oxlint-disable-next-line no-await-in-loop
        const result = await route.handler(request);
        if (result !== undefined) return result;
      }
    }
    return undefined;
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

  #thenCheckIdle(remove: () => void): () => void {
    return () => {
      remove();
      this.#checkIdle();
    };
  }

  #checkIdle(): void {
    if (!this.busy) this.#listener.onIdle?.();
  }
}
