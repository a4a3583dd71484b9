/** One client of an app-server: what it is sent, and which threads it hears of. */
import type { Wire } from "./wire.js";

export type Connection = {
  readonly wire: Pick<Wire, "notify" | "answer" | "request" | "half" | "fallSilent">;
  /** A person's at a terminal, and not the plugin's. */
  readonly isTerminal: boolean;
  /** By the ids of threads that it has started or resumed. */
  readonly subscribed: Set<string>;
};
