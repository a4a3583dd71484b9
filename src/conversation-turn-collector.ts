/** The name and place of the ported contract (docs/port.md). */
export { createCodexConversationTurnCollector } from "./thread/turn-collector.js";
