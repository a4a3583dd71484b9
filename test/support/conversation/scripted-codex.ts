/**
 * A Codex app-server as far as a conversation sees it: threads that have to be loaded, turns that end when the test
 * ends them. It refuses in Codex's own words.
 */
import { asRecord } from "../../../src/app-server/json.js";
import { CodexRpcError } from "../../../src/app-server/errors.js";
import type {
  CodexClient,
  CodexCloseHandler,
  CodexHandlerScope,
  CodexNotification,
  CodexNotificationHandler,
  CodexRequestHandler,
  CodexRequestOptions,
} from "../../../src/app-server/protocol.js";

export type Call = {
  method: string;
  params: Record<string, unknown>;
  options: CodexRequestOptions;
};

/** Answers a request; what it throws is the refusal. */
export type Answer = (params: Record<string, unknown>) => unknown;

/** An answer that refuses in the given words. */
export function refuse(message: string): Answer {
  return () => {
    throw new CodexRpcError("any", -32600, message);
  };
}

type Scoped<T> = { handler: T; threadId: string | undefined };

export class ScriptedCodex implements CodexClient {
  serverVersion: string | undefined;
  readonly calls: Call[] = [];
  readonly turns: ScriptedTurn[] = [];
  /** Also of turns that a test has taken out of `turns`: no id comes twice. */
  #begun = 0;
  /** Whether a turn is shown as soon as it has started, as it is by Codex; else a test shows it. */
  showsTurns = true;
  /** Threads with a rollout that can be resumed. */
  readonly stored = new Set<string>();
  readonly loaded = new Set<string>();
  readonly #answers = new Map<string, Answer>();
  readonly #once = new Map<string, Answer[]>();
  readonly #notificationHandlers = new Set<Scoped<CodexNotificationHandler>>();
  readonly #requestHandlers = new Set<Scoped<CodexRequestHandler>>();
  readonly #closeHandlers = new Set<CodexCloseHandler>();
  #asked = 0;
  readonly #watchers = new Set<() => void>();

  constructor() {
    this.answer("account/read", () => ({ account: { type: "apiKey" }, requiresOpenaiAuth: true }));
    this.answer("account/login/start", () => ({ type: "apiKey" }));
    this.answer("thread/start", ({ cwd }) => {
      const id = `new-thread-${this.of("thread/start").length}`;
      this.stored.add(id);
      this.loaded.add(id);
      return { thread: { id }, cwd, model: "started-model", modelProvider: "started-provider" };
    });
    this.answer("thread/resume", ({ threadId }) => {
      const id = String(threadId);
      if (!this.stored.has(id)) refuse(`no rollout found for thread id ${id}`)({});
      this.loaded.add(id);
      return {
        thread: { id },
        cwd: "/resumed",
        model: "resumed-model",
        modelProvider: "resumed-provider",
      };
    });
    this.answer("turn/start", (params) => {
      const turn = this.#begin(params);
      if (this.showsTurns) queueMicrotask(() => turn.show());
      return { turn: { id: turn.turnId, status: "inProgress", items: [] } };
    });
    this.answer("thread/fork", ({ threadId }) => {
      const id = `copy-of-${String(threadId)}`;
      this.stored.add(id);
      this.loaded.add(id);
      return { thread: { id, forkedFromId: threadId }, cwd: "/repo" };
    });
    this.answer("thread/settings/update", () => ({}));
    this.answer("review/start", (params) => {
      const turn = this.#begin(params);
      turn.item({ type: "enteredReviewMode", id: "review", review: "" });
      return { turn: { id: turn.turnId, status: "inProgress" }, reviewThreadId: turn.threadId };
    });
    this.answer("thread/compact/start", (params) => {
      const turn = this.#begin(params);
      queueMicrotask(() => turn.show());
      return {};
    });
    this.answer("turn/interrupt", () => ({}));
    this.answer("turn/steer", ({ expectedTurnId }) => ({ turnId: expectedTurnId }));
  }

  /** Answers a method from now on. */
  answer(method: string, answer: Answer): void {
    this.#answers.set(method, answer);
  }

  /** Answers the method's next call; several such answers serve as many calls. */
  answerOnce(method: string, answer: Answer): void {
    this.#once.set(method, [...(this.#once.get(method) ?? []), answer]);
  }

  /** Each turn says this as soon as it has started. */
  repliesWith(textOf: (turn: ScriptedTurn) => string): void {
    const start = this.#answers.get("turn/start");
    this.answer("turn/start", (params) => {
      const answer = start?.(params);
      const turn = this.turns.at(-1);
      if (turn) queueMicrotask(() => turn.reply(textOf(turn)));
      return answer;
    });
  }

  /** Unloads a thread, as Codex does after a while. */
  unload(threadId: string): void {
    this.loaded.delete(threadId);
  }

  /** Loses a thread, as when its files are deleted. */
  lose(threadId: string): void {
    this.unload(threadId);
    this.stored.delete(threadId);
  }

  async request(method: string, params: unknown, options: CodexRequestOptions): Promise<unknown> {
    const record = asRecord(params) ?? {};
    this.calls.push({ method, params: record, options });
    this.#look();
    const answer = this.#once.get(method)?.shift() ?? this.#answers.get(method);
    if (!answer) throw new CodexRpcError(method, -32600, `unknown variant \`${method}\``);
    try {
      return await answer(record);
    } finally {
      this.#look();
    }
  }

  addNotificationHandler(handler: CodexNotificationHandler, scope?: CodexHandlerScope): () => void {
    return added(this.#notificationHandlers, { handler, threadId: scope?.threadId });
  }

  addRequestHandler(handler: CodexRequestHandler, scope?: CodexHandlerScope): () => void {
    return added(this.#requestHandlers, { handler, threadId: scope?.threadId });
  }

  addCloseHandler(handler: CodexCloseHandler): () => void {
    return added(this.#closeHandlers, handler);
  }

  /** Handlers that nobody has removed yet. */
  get handlers(): number {
    return this.#notificationHandlers.size + this.#requestHandlers.size + this.#closeHandlers.size;
  }

  /** The threads that handlers of messages were added for; undefined: all threads. */
  get scopes(): Set<string | undefined> {
    return new Set(
      [...this.#notificationHandlers, ...this.#requestHandlers].map(({ threadId }) => threadId),
    );
  }

  /** The calls of one method so far. */
  of(method: string): Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  /** The method's only call. */
  only(method: string): Call {
    const [call, ...more] = this.of(method);
    if (!call || more.length > 0)
      throw new Error(`${method} was called ${this.of(method).length} times`);
    return call;
  }

  /** The method's `count`th call, once it was made. */
  called(method: string, count = 1): Promise<Call> {
    return this.#when(() => this.of(method)[count - 1]);
  }

  /** The `count`th turn, once it has started. */
  turn(count = 1): Promise<ScriptedTurn> {
    return this.#when(() => this.turns[count - 1]);
  }

  /** Sends to every handler, whatever it was added for, as a client does that does not sort by thread. */
  notify(notification: CodexNotification): void {
    for (const { handler } of this.#notificationHandlers) handler(notification);
  }

  /**
   * What the request handlers answer: those of the thread, and those of all threads only if none of the thread's answers.
   * Requests are numbered from 0.
   */
  async ask(
    method: string,
    params: Record<string, unknown>,
    id: number = this.#asked++,
  ): Promise<unknown[]> {
    const handlers = [...this.#requestHandlers];
    const answersOf = (those: typeof handlers): Promise<unknown[]> =>
      Promise.all(those.map(async ({ handler }) => handler({ id, method, params })));
    const scoped = await answersOf(handlers.filter(({ threadId }) => threadId !== undefined));
    if (scoped.some((answer) => answer !== undefined)) return scoped;
    const global = await answersOf(handlers.filter(({ threadId }) => threadId === undefined));
    return global.some((answer) => answer !== undefined) ? global : scoped;
  }

  close(reason: Error): void {
    for (const handler of this.#closeHandlers) handler(reason);
  }

  #begin(params: Record<string, unknown>): ScriptedTurn {
    const threadId = String(params.threadId);
    if (!this.loaded.has(threadId)) refuse(`thread not found: ${threadId}`)({});
    this.#begun += 1;
    const turn = new ScriptedTurn(this, threadId, `turn-${this.#begun}`, params);
    this.turns.push(turn);
    return turn;
  }

  #look(): void {
    for (const look of this.#watchers) look();
  }

  #when<T>(look: () => T | undefined): Promise<T> {
    const found = Promise.withResolvers<T>();
    const watch = (): void => {
      const value = look();
      if (value === undefined) return;
      this.#watchers.delete(watch);
      found.resolve(value);
    };
    this.#watchers.add(watch);
    watch();
    return found.promise;
  }
}

export type CompletedTurn = {
  status?: "completed" | "failed" | "interrupted";
  items?: Record<string, unknown>[];
  error?: { message: string; codexErrorInfo?: unknown } | null;
};

/** A turn that runs until the test ends it. */
export class ScriptedTurn {
  readonly threadId: string;
  readonly turnId: string;
  readonly params: Record<string, unknown>;
  readonly #codex: ScriptedCodex;

  constructor(
    codex: ScriptedCodex,
    threadId: string,
    turnId: string,
    params: Record<string, unknown>,
  ) {
    this.#codex = codex;
    this.threadId = threadId;
    this.turnId = turnId;
    this.params = params;
  }

  /** The text that the turn was started with. */
  get prompt(): string {
    const [first] = Array.isArray(this.params.input) ? this.params.input : [];
    return String(asRecord(first)?.text);
  }

  /** Shows the turn, as Codex does before its first item. */
  show(): void {
    this.notify("turn/started", { turn: { id: this.turnId, status: "inProgress", items: [] } });
  }

  say(text: string, phase: string | null = null): void {
    this.item({ type: "agentMessage", id: `item-${text}`, text, phase });
  }

  item(item: Record<string, unknown>): void {
    this.notify("item/completed", { turnId: this.turnId, item });
  }

  end({ status = "completed", items = [], error = null }: CompletedTurn = {}): void {
    this.notify("turn/completed", { turn: { id: this.turnId, status, items, error } });
  }

  reply(text: string): void {
    this.say(text);
    this.end();
  }

  fail(message: string, codexErrorInfo?: unknown): void {
    this.end({ status: "failed", error: { message, codexErrorInfo } });
  }

  notify(method: string, params: Record<string, unknown>): void {
    this.#codex.notify({ method, params: { threadId: this.threadId, ...params } });
  }
}

function added<T>(set: Set<T>, entry: T): () => void {
  set.add(entry);
  return () => void set.delete(entry);
}
