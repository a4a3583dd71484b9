/** What the pages ask the gateway, and hear from it: typed here, read once. */
import type { ControlUiHost } from "openclaw/plugin-sdk/control-ui";
import {
  CHANGED_EVENT,
  changedSchema,
  chatListSchema,
  OPERATOR_METHODS,
  type BoundChat,
} from "../src/operator/facts.js";

export class PageGateway {
  readonly #host: ControlUiHost;

  constructor(host: ControlUiHost) {
    this.#host = host;
  }

  get isConnected(): boolean {
    return this.#host.connection.connected;
  }

  get mayRead(): boolean {
    return this.#host.connection.canRead;
  }

  /** @param sessions only these; all if undefined. @throws what the gateway refuses */
  async chats(
    sessions: readonly string[] | undefined,
    options: { titles: boolean; follow: boolean },
  ): Promise<BoundChat[]> {
    const answer = await this.#host.request(OPERATOR_METHODS.list, {
      ...options,
      ...(sessions && { sessions }),
    });
    return chatListSchema.parse(answer).chats;
  }

  /** @param hear of the sessions that have changed, or undefined for any. Resolves to what ends it. */
  onChanged(hear: (sessions: string[] | undefined) => void): () => void {
    return this.#host.onEvent(`plugin.${this.#host.pluginId}.${CHANGED_EVENT}`, (payload) => {
      const changed = changedSchema.safeParse(payload);
      hear(changed.success ? changed.data.sessions : undefined);
    });
  }

  onConnection(hear: () => void): () => void {
    return this.#host.subscribe(hear);
  }
}
