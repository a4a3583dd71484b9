import { readDeltaLine } from "./delta-line.js";
import { Diagnostics, type DiagnosticSink } from "./diagnostics.js";
import { CodexLocalError, CodexRpcError, isOverloaded } from "./errors.js";
import { asRecord } from "./json.js";
import { PendingCall } from "./pending-call.js";
import {
  LEFT_TO_OTHERS,
  type CodexAnswer,
  type CodexNotification,
  type CodexRequestOptions,
  type CodexServerRequest,
  type RequestId,
} from "./protocol.js";
import type { Transport } from "./transport.js";

/**
 * Codex refuses requests from about 128 pipelined ones on, and leaves some of such a burst without any
 * answer; bursts of 100 were always clean (0.169).
 */
const MAX_IN_FLIGHT = 64;

const OVERLOAD_FIRST_DELAY_MS = 100;
const OVERLOAD_MAX_DELAY_MS = 5_000;

const CANCEL_WITHIN_MS = 10_000;

const METHOD_NOT_FOUND = -32601;
const INTERNAL_ERROR = -32603;

export type ConnectionListener = {
  onNotification(notification: CodexNotification): void;
  /** Its result is the answer; `undefined` says that nobody here answers such requests, and Codex gets an error. */
  onRequest(request: CodexServerRequest): Promise<CodexAnswer | undefined>;
  /** Called once, at the moment when the connection stops to be usable. */
  onClose(reason: Error): void;
  /** A request has ended, however it did. */
  onSettled(): void;
  onDiagnostic: DiagnosticSink;
};

/** JSON-RPC, in Codex's dialect without a `jsonrpc` field, over a transport that it owns. */
export class CodexConnection {
  readonly #transport: Transport;
  readonly #listener: ConnectionListener;
  readonly diagnostics: Diagnostics;
  #state: { name: "open" } | { name: "closed"; reason: Error } = { name: "open" };
  #nextId = 1;
  #received = 0;
  /** Every call that has not ended: in flight, waiting for its turn, or backing off. */
  readonly #calls = new Set<PendingCall>();
  readonly #inFlight = new Map<RequestId, PendingCall>();
  /** Calls in order of arrival; a Set for its order and its cheap removal. */
  readonly #waiting = new Set<PendingCall>();

  constructor(transport: Transport, listener: ConnectionListener) {
    this.#transport = transport;
    this.#listener = listener;
    this.diagnostics = new Diagnostics((message) => listener.onDiagnostic(message));
    transport.open({
      onMessage: (text) => this.#receive(text),
      onClose: (reason) => void this.close(reason),
      onGarbage: (kind) => this.diagnostics.count(kind),
    });
  }

  get pendingCalls(): number {
    return this.#calls.size;
  }

  /** How many lines have come in, whatever was in them. */
  get received(): number {
    return this.#received;
  }

  /** Rejects with a CodexRpcError (Codex said no) or a CodexLocalError. */
  request(method: string, params: unknown, options: CodexRequestOptions): Promise<unknown> {
    const call = new PendingCall(method, params, options, this.#forget);
    this.#calls.add(call);
    if (this.#state.name === "closed") {
      call.fail(closedError(this.#state.reason));
    } else if (options.signal?.aborted === true) {
      call.abort();
    } else {
      this.#waiting.add(call);
      this.#sendWaiting();
    }
    return call.promise;
  }

  notify(method: string, params?: unknown): void {
    this.#send({ method, params });
  }

  /** Fails every call at once, then ends the transport; settled when that is gone. The first reason stays. */
  close(reason: Error): Promise<void> {
    if (this.#state.name === "open") {
      this.#state = { name: "closed", reason };
      for (const call of this.#calls) call.fail(closedError(reason));
      this.#listener.onClose(reason);
    }
    return this.#transport.close();
  }

  readonly #forget = (call: PendingCall): void => {
    this.#calls.delete(call);
    this.#waiting.delete(call);
    const wasInFlight = call.id !== undefined && this.#inFlight.delete(call.id);
    if (wasInFlight && call.isGivenUp) this.#cancel(call);
    this.#sendWaiting();
    this.#listener.onSettled();
  };

  #cancel({ id: requestId, cancelBy }: PendingCall): void {
    if (cancelBy === undefined) return;
    // It is a courtesy: without it Codex works on an answer that nobody hears.
    this.request(cancelBy, { requestId }, { timeoutMs: CANCEL_WITHIN_MS }).catch(() => undefined);
  }

  #sendWaiting(): void {
    if (this.#state.name === "closed") return;
    for (const call of this.#waiting) {
      if (this.#inFlight.size >= MAX_IN_FLIGHT) return;
      this.#waiting.delete(call);
      call.id = this.#nextId++;
      this.#inFlight.set(call.id, call);
      try {
        this.#send({ id: call.id, method: call.method, params: call.params });
      } catch (error) {
        call.fail(asError(error));
      }
    }
  }

  #send(message: Record<string, unknown>): void {
    this.#transport.send(JSON.stringify(message));
  }

  #receive(text: string): void {
    if (this.#state.name === "closed") return;
    this.#received += 1;
    let parsed: unknown;
    try {
      parsed = readDeltaLine(text) ?? JSON.parse(text);
    } catch {
      this.diagnostics.count("ignored a line that is not JSON");
      return;
    }
    const message = asRecord(parsed);
    if (message === undefined) {
      this.diagnostics.count("ignored JSON that is not a message");
      return;
    }
    const { id, method, params } = message;
    if (typeof method === "string") {
      if (id === undefined) this.#listener.onNotification({ method, params });
      else if (isRequestId(id)) void this.#answer({ id, method, params });
      else this.diagnostics.count("ignored a request whose id is neither a number nor a string");
    } else if (isRequestId(id)) {
      this.#settle(id, message);
    } else {
      this.diagnostics.count("ignored JSON that is not a message");
    }
  }

  #settle(id: RequestId, response: Record<string, unknown>): void {
    const call = this.#inFlight.get(id);
    if (call === undefined) {
      // After a time-out or an abort the answer comes all the same.
      this.diagnostics.count("ignored an answer that nobody waits for");
      return;
    }
    if (response["error"] === undefined || response["error"] === null) {
      call.succeed(response["result"]);
      return;
    }
    const error = readRpcError(call.method, response["error"]);
    if (isOverloaded(error)) this.#retry(call, error);
    else call.fail(error);
  }

  /** An overloaded Codex has not looked at the request, so sending it again cannot run it twice. */
  #retry(call: PendingCall, error: CodexRpcError): void {
    const ceiling = Math.min(OVERLOAD_FIRST_DELAY_MS * 2 ** call.overloads, OVERLOAD_MAX_DELAY_MS);
    const delayMs = ceiling * (0.5 + Math.random() / 2);
    if (delayMs >= call.remainingMs) {
      call.fail(error);
      return;
    }
    call.overloads += 1;
    if (call.id !== undefined) this.#inFlight.delete(call.id);
    call.retryAfter(delayMs, () => {
      this.#waiting.add(call);
      this.#sendWaiting();
    });
    this.#sendWaiting();
  }

  async #answer(request: CodexServerRequest): Promise<void> {
    const answer = await this.#answerOf(request);
    if (answer === LEFT_TO_OTHERS || this.#state.name === "closed") return;
    try {
      this.#send({ id: request.id, ...answer });
    } catch (error) {
      // Codex waits for this answer for ever, and reads nothing: there is no way on.
      void this.close(asError(error));
    }
  }

  async #answerOf(
    request: CodexServerRequest,
  ): Promise<Record<string, unknown> | typeof LEFT_TO_OTHERS> {
    try {
      const result = await this.#listener.onRequest(request);
      if (result === LEFT_TO_OTHERS) return LEFT_TO_OTHERS;
      if (result !== undefined) return { result };
      const message = `This client does not handle ${request.method}.`;
      return { error: { code: METHOD_NOT_FOUND, message } };
    } catch {
      this.diagnostics.count("a request handler failed");
      const message = `This client failed to handle ${request.method}.`;
      return { error: { code: INTERNAL_ERROR, message } };
    }
  }
}

/** A new error for each caller, so that each has its own stack trace. */
function closedError(reason: Error): CodexLocalError {
  const code = reason instanceof CodexLocalError ? reason.code : "CONNECTION_CLOSED";
  return new CodexLocalError(code, reason.message, { cause: reason });
}

function readRpcError(method: string, error: unknown): CodexRpcError {
  const { code, message, data } = asRecord(error) ?? {};
  return new CodexRpcError(
    method,
    typeof code === "number" ? code : INTERNAL_ERROR,
    typeof message === "string" ? message : `Codex refused ${method} without a reason.`,
    data,
  );
}

function isRequestId(value: unknown): value is RequestId {
  return typeof value === "number" || typeof value === "string";
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
