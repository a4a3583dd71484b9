import { HandlerRoutes, type Route, threadIdOf } from "./handler-routes.js";
import type {
  CodexAnswer,
  CodexHandlerScope,
  CodexNotification,
  CodexNotificationHandler,
  CodexNotificationScope,
  CodexRequestHandler,
  CodexServerRequest,
} from "./protocol.js";

/** Those who listen to one client, and those who answer what Codex asks of it. */
export class ClientHandlers {
  readonly #notificationsByThread = new HandlerRoutes<CodexNotificationHandler>();
  readonly #notificationsByMethod = new HandlerRoutes<CodexNotificationHandler>();
  readonly #requestsByThread = new HandlerRoutes<CodexRequestHandler>();
  readonly #onFailure: (kind: string) => void;

  /** A handler that throws harms no other; `onFailure` hears a fixed phrase for it. */
  constructor(onFailure: (kind: string) => void) {
    this.#onFailure = onFailure;
  }

  addNotificationHandler(
    handler: CodexNotificationHandler,
    scope: CodexNotificationScope | undefined,
  ): () => void {
    return scope !== undefined && "method" in scope
      ? this.#notificationsByMethod.add(handler, scope.method)
      : this.#notificationsByThread.add(handler, scope?.threadId);
  }

  addRequestHandler(
    handler: CodexRequestHandler,
    scope: CodexHandlerScope | undefined,
  ): () => void {
    return this.#requestsByThread.add(handler, scope?.threadId);
  }

  notify(notification: CodexNotification): void {
    const { method, params } = notification;
    this.#notifyAll(this.#notificationsByThread.of(threadIdOf(params)), notification);
    this.#notifyAll(this.#notificationsByMethod.of(method), notification);
    this.#notifyAll(this.#notificationsByThread.global, notification);
  }

  /** The first handler that answers is the only one to act, so they are asked one after another. Never rejects. */
  async ask(request: CodexServerRequest): Promise<CodexAnswer | undefined> {
    const routes = this.#requestsByThread;
    for (const first of [routes.of(threadIdOf(request.params)), routes.global]) {
      for (let route = first; route !== undefined; route = route.next) {
        if (route.removed) continue;
        try {
          // oxlint-disable-next-line no-await-in-loop
          const answer = await route.handler(request);
          if (answer !== undefined) return answer;
        } catch {
          this.#onFailure("a request handler failed");
          return undefined;
        }
      }
    }
    return undefined;
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
        this.#onFailure("a notification handler failed");
      }
    }
  }
}
