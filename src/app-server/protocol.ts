/**
 * The messages of the Codex app-server protocol, and what this project needs of a client that exchanges them.
 *
 * What comes over the wire is `unknown` until its reader has looked at it; methods.ts lists the requests that we make.
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
  /** The method that has Codex give the request up when it is aborted or times out, by the request's id. */
  cancelBy?: string;
};

/** Handlers with a `threadId` see only messages whose params name that thread. */
export type CodexHandlerScope = { threadId: string };

/**
 * Handlers with a `method` see that method of every thread: a sub-agent's first turn is announced by nothing else.
 * Such a handler still has to look at the method, since a client of an older version of the plugin, and a stand-in in
 * a test, may know no other scope than a thread.
 */
export type CodexNotificationScope = CodexHandlerScope | { method: string };

export type CodexNotificationHandler = (notification: CodexNotification) => void;

/**
 * A request handler's way to say that this client is not to answer: the turn is another client's, which Codex has asked
 * too. Where nobody else can have been asked, Codex gets the request's refusal, for it would wait for ever.
 *
 * In the registry of symbols, since a reload makes a second copy of this module; and a symbol, since JSON drops it: a
 * client of an older version of the plugin then sends an answer without a result, which Codex ignores.
 */
export const LEFT_TO_OTHERS: unique symbol = Symbol.for(
  "openclaw-codex-conversation.left-to-others",
);

export type CodexAnswer = JsonValue | typeof LEFT_TO_OTHERS;

/** Answers a request with its result; `undefined` leaves it to the next handler. */
export type CodexRequestHandler = (
  request: CodexServerRequest,
) => CodexAnswer | undefined | Promise<CodexAnswer | undefined>;

export type CodexCloseHandler = (reason: Error) => void;

/** What a turn needs of a client; each `add…` returns the removal of what it added. */
export interface CodexClient {
  /** Undefined where it cannot be told. */
  readonly serverVersion?: string | undefined;
  /** Other clients may talk to the same app-server: turns that nobody here began may be theirs. */
  readonly isShared?: boolean | undefined;
  /** What keeps Codex from its configuration, in its own words; undefined where nothing is known to. */
  readonly configProblem?: string | undefined;
  request(method: string, params: unknown, options: CodexRequestOptions): Promise<unknown>;
  addNotificationHandler(
    handler: CodexNotificationHandler,
    scope?: CodexNotificationScope,
  ): () => void;
  addRequestHandler(handler: CodexRequestHandler, scope?: CodexHandlerScope): () => void;
  addCloseHandler(handler: CodexCloseHandler): () => void;
}

/** A part of what a turn is given. */
export type CodexUserInput =
  | { type: "text"; text: string; text_elements: [] }
  | { type: "localImage"; path: string }
  | { type: "image"; url: string }
  /** Its instructions come along. */
  | { type: "skill"; name: string; path: string };

/** A tool that this client carries out. */
export type DynamicTool = {
  readonly type: "function";
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
};
