/**
 * Starts the plugin's work with the gateway and ends it with it, but not with a mere reload: when the gateway's
 * configuration changes, it stops this plugin and loads it anew, while turns and answers are under way.
 */
import { processWide } from "./common/process-wide.js";
import { codexClientPool, disposeCodexAppServerClients } from "./app-server/client-pool.js";
import { leaveIdleThreads } from "./thread/thread.js";
import type { ConversationMessages } from "./messages/messages.js";

/** How long a stopped plugin waits for its successor before it ends its work all the same. */
const HANDOVER_MS = 15_000;

/** How often idle threads are looked for. */
const SWEEP_MS = 5 * 60_000;
const LEAVE_TIMEOUT_MS = 10_000;

/** The reason that OpenClaw 2026.9.6 gives for a stop that a reload causes. */
const RELOAD = "plugin replacement";

/** The end of the work that a stop has scheduled; outlives the module, since its successor's making calls it off. */
type Handover = { timer: NodeJS.Timeout | undefined };

export type PluginService = {
  start(this: void): Promise<void>;
  stop(this: void): void;
  gatewayStopping(this: void, reason: string | undefined): Promise<void>;
};

export function createPluginService(
  messages: Pick<ConversationMessages, "recover" | "stop">,
  folder: string,
  log: (text: string) => void,
  /** What else is looked for every few minutes. Must not throw. */
  onSweep: () => void = () => undefined,
): PluginService {
  const handover = processWide("handover", (): Handover => ({ timer: undefined }));
  // It is the successor from now on: how late its start comes is the gateway's affair.
  clearTimeout(handover.timer);
  let sweep: NodeJS.Timeout | undefined;

  async function endWork(): Promise<void> {
    clearTimeout(handover.timer);
    // Messages first: what a closing app-server does to their turns is not their end.
    const messagesStopped = messages.stop();
    await disposeCodexAppServerClients();
    // A message that was on its way to Codex may have asked for a client meanwhile.
    await disposeCodexAppServerClients();
    await messagesStopped;
  }

  /** Nobody took over: the plugin was removed or switched off while the gateway goes on. */
  async function endUnsucceeded(): Promise<void> {
    await endWork();
    log(`Codex has ended. Which chat has which thread stays on disk: ${folder}`);
  }

  return {
    async start() {
      clearInterval(sweep);
      sweep = setInterval(() => {
        onSweep();
        leaveIdle();
      }, SWEEP_MS);
      sweep.unref();
      await messages.recover(folder);
    },
    stop() {
      clearInterval(sweep);
      clearTimeout(handover.timer);
      handover.timer = setTimeout(() => void endUnsucceeded(), HANDOVER_MS);
      handover.timer.unref();
    },
    async gatewayStopping(reason) {
      if (reason !== RELOAD) await endWork();
    },
  };
}

function leaveIdle(): void {
  for (const client of codexClientPool().clients()) {
    void leaveIdleThreads(client, LEAVE_TIMEOUT_MS);
  }
}
