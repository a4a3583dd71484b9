/** What the pages ask the gateway, and hear from it: typed here, read once. */
import type { AuditLine } from "../src/host/audit-line.js";
import type { ControlUiHost } from "openclaw/plugin-sdk/control-ui";
import {
  CHANGED_EVENT,
  changedSchema,
  chatListSchema,
  OPERATOR_METHODS,
  auditAnswerSchema,
  doctorAnswerSchema,
  type BoundChat,
  type DoctorAnswer,
} from "../src/operator/facts.js";
import {
  actAnswerSchema,
  type ActAnswer,
  type DeskCommand,
  type ShownFor,
} from "../src/operator/desk-facts.js";
import {
  PROGRESS_EVENT,
  threadAnswerSchema,
  type ThreadAnswer,
} from "../src/operator/thread-facts.js";

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

  get mayWrite(): boolean {
    return this.#host.connection.canWrite;
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

  /** @param before for the turns before those that are known. @throws what the gateway refuses */
  async thread(chat: string, before: string | undefined): Promise<ThreadAnswer> {
    const more = before === undefined ? { follow: true } : { before };
    return threadAnswerSchema.parse(
      await this.#host.request(OPERATOR_METHODS.thread, { chat, ...more }),
    );
  }

  /** Runs one of the chat's commands; resolves to what the chat would be told. @throws what the gateway refuses */
  act(chat: string, command: DeskCommand, text: string, shown: ShownFor): Promise<ActAnswer> {
    return this.#do("act", { chat, command, text, shown });
  }

  /** @throws what the gateway refuses */
  say(chat: string, text: string, shown: ShownFor): Promise<ActAnswer> {
    return this.#do("say", { chat, text, shown });
  }

  /** The latest lines, the newest last. @throws what the gateway refuses */
  async audit(limit: number): Promise<AuditLine[]> {
    return auditAnswerSchema.parse(await this.#host.request(OPERATOR_METHODS.audit, { limit }))
      .lines;
  }

  /** @throws what the gateway refuses */
  async doctor(): Promise<DoctorAnswer> {
    return doctorAnswerSchema.parse(await this.#host.request(OPERATOR_METHODS.doctor, {}));
  }

  /** @throws what the gateway refuses */
  detach(chat: string, shown: ShownFor): Promise<ActAnswer> {
    return this.#do("detach", { chat, shown });
  }

  /** @param hear of the sessions that have changed, or undefined for any. Returns what ends it. */
  onChanged(hear: (sessions: string[] | undefined) => void): () => void {
    return this.#on(CHANGED_EVENT, hear);
  }

  /** The same of threads on which something has happened. */
  onProgress(hear: (sessions: string[] | undefined) => void): () => void {
    return this.#on(PROGRESS_EVENT, hear);
  }

  async #do(method: "act" | "say" | "detach", params: Record<string, unknown>): Promise<ActAnswer> {
    return actAnswerSchema.parse(await this.#host.request(OPERATOR_METHODS[method], params));
  }

  #on(event: string, hear: (sessions: string[] | undefined) => void): () => void {
    return this.#host.onEvent(`plugin.${this.#host.pluginId}.${event}`, (payload) => {
      const changed = changedSchema.safeParse(payload);
      hear(changed.success ? changed.data.sessions : undefined);
    });
  }

  onConnection(hear: () => void): () => void {
    return this.#host.subscribe(hear);
  }
}
