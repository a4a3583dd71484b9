/** A host of threads that does nothing about what it hears. */
import type { ThreadHost } from "../../../src/thread/session.js";

export const nobody: ThreadHost = {
  threadLoaded: async () => {},
  threadLoads: async () => {},
  connectionLost: () => {},
  turnBegan: () => {},
  answerAgent: () => undefined,
  agentHeard: () => {},
  turnOver: () => {},
  goalChanged: () => {},
  observe: () => {},
};
