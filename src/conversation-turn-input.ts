/** The name and place of the ported contract (docs/port.md). */
export { buildCodexConversationTurnInput } from "./chat/turn-input.js";
