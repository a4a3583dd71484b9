/** Looks after what happens on the chats' threads without a message: goals, other clients' turns, sub-agents. */
import type { CodexNotification } from "../app-server/protocol.js";
import { attachThreadHost } from "../thread/sessions.js";
import type { Chats } from "./chats.js";
import { GoalRestarts } from "./goal-restarts.js";
import { GoalRuns } from "./goal-runs.js";
import { LeftAgents } from "./left-agents.js";
import type { Inheritance } from "./takeover.js";
import { UnsolicitedTurns } from "./unsolicited.js";

export type ThreadWatchHost = {
  pluginConfig: () => unknown;
  hasMessages: (sessionFile: string) => boolean;
  /** Whether one is on its way that Codex has under this id. @throws file-system errors */
  hasMessage: (sessionFile: string, clientId: string) => Promise<boolean>;
  earlierTurnOver: (sessionFile: string) => Promise<void>;
  /** Aborted when this process says and begins nothing more. */
  ends: AbortSignal;
  warn: (text: string) => void;
};

/** From when it is made, until `stop`. */
export class ThreadWatch {
  readonly goals: GoalRuns;
  readonly unsolicited: UnsolicitedTurns;
  readonly #restarts: GoalRestarts;
  readonly #leftAgents: LeftAgents;
  readonly #detach: () => void;

  constructor(chats: Chats, host: ThreadWatchHost) {
    const { pluginConfig, warn, ends } = host;
    const isStopped = (): boolean => ends.aborted;
    const deliver: Chats["deliverTurn"] = async (...turn) => {
      // Another version that has taken over would not know of it, and tell it, too.
      if (!isStopped()) await chats.deliverTurn(...turn);
    };
    this.goals = new GoalRuns({
      deliver,
      notify: (...notice) => chats.notify(...notice),
      sendNote: (sessionFile, text) => chats.sendNote(sessionFile, text),
      askBudget: (...spent) => chats.askBudget(...spent),
      continueGoal: (sessionFile) => this.#restarts.continueGoal(sessionFile),
      clearGoal: (sessionFile) => this.#restarts.clear(sessionFile),
      isStopped,
      warn,
    });
    this.#restarts = new GoalRestarts(host, this.goals);
    const turns = {
      pluginConfig,
      presenterFor: (sessionFile: string, id: string) => chats.presenterOf(sessionFile, id),
      deliver,
      hasMessage: host.hasMessage,
      noteNotice: (sessionFile: string, notification: CodexNotification) =>
        chats.noteNotice(sessionFile, notification),
      isStopped,
      warn,
    };
    this.#leftAgents = new LeftAgents({
      pluginConfig,
      notify: (...notice) => chats.notify(...notice),
    });
    this.unsolicited = new UnsolicitedTurns(turns, this.goals, this.#restarts, this.#leftAgents);
    this.#detach = attachThreadHost(this.unsolicited);
  }

  /** Has the goals of the chats below a folder continue; does not wait for that. Never rejects. */
  async recover(folder: string): Promise<void> {
    await this.#restarts.recover(folder);
  }

  /** Tells what a goal's turn came to that another version of the plugin has followed: it keeps that to itself. */
  catchUpAfter({ endings, ready }: Pick<Inheritance, "endings" | "ready">): void {
    for (const [sessionFile, over] of endings) {
      void this.unsolicited.catchUpAfter(sessionFile, Promise.all([over, ready]));
    }
  }

  stop(): void {
    this.#detach();
    this.#leftAgents.stop();
  }
}
