/**
 * The part of the Codex app-server protocol that this project uses.
 *
 * Shapes follow `codex app-server generate-ts --experimental` of 0.169.0. What comes over the wire is
 * `unknown` until one of the `read…` functions here has looked at it; fields that older versions lack are
 * optional.
 */

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | JsonValue[]
  | { [key: string]: JsonValue | undefined };

export type RequestId = string | number;

/** A message that expects no answer. `params` is whatever Codex sent: parse before use. */
export type CodexNotification = { method: string; params?: unknown };

/** A question from Codex. Ids start at 0 and may be strings; the same id comes again after a resume. */
export type CodexServerRequest = { id: RequestId; method: string; params?: unknown };

export type CodexRequestOptions = {
  /** Milliseconds until the request fails locally with REQUEST_TIMEOUT. */
  timeoutMs: number;
  signal?: AbortSignal;
};

/** Handlers with a `threadId` see only messages whose params name that thread. */
export type CodexHandlerScope = { threadId: string };

export type CodexNotificationHandler = (notification: CodexNotification) => void;

/** Answers a request with its result; `undefined` leaves it to the next handler. */
export type CodexRequestHandler = (
  request: CodexServerRequest,
) => JsonValue | undefined | Promise<JsonValue | undefined>;

export type CodexCloseHandler = (reason: Error) => void;

/** What a turn needs of a client; each `add…` returns the removal of what it added. */
export interface CodexClient {
  /** Undefined where it cannot be told. */
  readonly serverVersion?: string | undefined;
  request(method: string, params: unknown, options: CodexRequestOptions): Promise<unknown>;
  addNotificationHandler(handler: CodexNotificationHandler, scope?: CodexHandlerScope): () => void;
  addRequestHandler(handler: CodexRequestHandler, scope?: CodexHandlerScope): () => void;
  addCloseHandler(handler: CodexCloseHandler): () => void;
}
