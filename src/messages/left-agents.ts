/**
 * Sub-agents that work on after the turn that made them: they have the bounds of a turn of their own, and the chat hears
 * how they end. While a turn runs it looks after them itself.
 */
import { randomUUID } from "node:crypto";
import { asRecord, asString } from "../app-server/json.js";
import type { CodexNotification } from "../app-server/protocol.js";
import { resolvePluginConfig, type PluginConfig } from "../host/plugin-config.js";
import type { Agent } from "../thread/family.js";
import type { ThreadSession } from "../thread/session.js";
import { stopAgents } from "../thread/stop.js";
import { SilenceWatch } from "../thread/turn-silence.js";
import { agentWords } from "../words/agent-words.js";

export type LeftAgentsHost = {
  pluginConfig: () => unknown;
  notify: (sessionFile: string, id: string, text: string) => Promise<void>;
};

type Watch = {
  silence: SilenceWatch;
  /** Those that a turn has left at work, by their threads. */
  left: Map<string, Agent>;
  /** Ends them however lively they are; set when a turn leaves some. */
  bound: NodeJS.Timeout | undefined;
};

const STEP_MS = 10_000;

export class LeftAgents {
  readonly #host: LeftAgentsHost;
  readonly #watches = new Map<ThreadSession, Watch>();

  constructor(host: LeftAgentsHost) {
    this.#host = host;
  }

  /** A sub-agent does something, whether a turn runs or not. */
  heard(session: ThreadSession, notification: CodexNotification, agent: Agent): void {
    const watch = this.#watchOf(session);
    watch?.silence.handleNotification(notification);
    if (notification.method !== "turn/completed") return;
    if (watch?.left.delete(agent.threadId)) {
      const turn = asRecord(asRecord(notification.params)?.turn);
      const id = `agent:${asString(turn?.id) ?? randomUUID()}`;
      const text = agentWords.ended(agent.name, asString(turn?.status));
      void this.#host.notify(session.sessionFile, id, text);
    }
    if (session.family.running().length === 0) this.#endWatch(session);
  }

  /** A turn has ended: those that still work are looked after from now on. */
  turnOver(session: ThreadSession): void {
    if (session.isFollowed) return;
    const running = session.family.running();
    const watch = running.length === 0 ? undefined : this.#watchOf(session);
    const settings = this.#settings();
    if (!watch || !settings) return;
    for (const agent of running) watch.left.set(agent.threadId, agent);
    const { maxDurationMs } = settings.turn;
    watch.bound ??= setTimeout(() => {
      void this.#stop(session, watch, (names) => agentWords.tookTooLong(names, maxDurationMs));
    }, maxDurationMs);
    watch.bound.unref();
  }

  /** A person is asked on behalf of a sub-agent, which is no silence of its. */
  during<T>(session: ThreadSession, wait: Promise<T>): Promise<T> {
    return this.#watches.get(session)?.silence.during(wait) ?? wait;
  }

  /** Those that ran on the lost connection's process have ended with it. */
  connectionLost(session: ThreadSession): void {
    const left = [...(this.#watches.get(session)?.left.values() ?? [])];
    this.#endWatch(session);
    if (left.length === 0 || session.client.isShared === true) return;
    const text = agentWords.lost(left.map(({ name }) => name));
    void this.#host.notify(session.sessionFile, randomUUID(), text);
  }

  stop(): void {
    for (const session of this.#watches.keys()) this.#endWatch(session);
  }

  #watchOf(session: ThreadSession): Watch | undefined {
    const known = this.#watches.get(session);
    if (known || session.family.running().length === 0) return known;
    const settings = this.#settings();
    if (!settings) return undefined;
    const { idleTimeoutMs } = settings.turn;
    const watch: Watch = {
      silence: new SilenceWatch(idleTimeoutMs, () => {
        // A turn that runs has its own clock, which counts its sub-agents too.
        if (session.isFollowed) this.#endWatch(session);
        else void this.#stop(session, watch, (names) => agentWords.silent(names, idleTimeoutMs));
      }),
      left: new Map(),
      bound: undefined,
    };
    this.#watches.set(session, watch);
    return watch;
  }

  async #stop(
    session: ThreadSession,
    watch: Watch,
    inWords: (names: string[]) => string,
  ): Promise<void> {
    if (this.#watches.get(session) !== watch) return;
    const names = session.family.running().map(({ name }) => name);
    this.#endWatch(session);
    if (names.length === 0) return;
    await stopAgents(session, STEP_MS);
    await this.#host.notify(session.sessionFile, randomUUID(), inWords(names));
  }

  #endWatch(session: ThreadSession): void {
    const watch = this.#watches.get(session);
    this.#watches.delete(session);
    watch?.silence.dispose();
    clearTimeout(watch?.bound);
  }

  /** Those that cannot be used are told by the next message. */
  #settings(): PluginConfig | undefined {
    try {
      return resolvePluginConfig(this.#host.pluginConfig());
    } catch {
      return undefined;
    }
  }
}
