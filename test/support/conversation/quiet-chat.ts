/** The part of a host for notes and questions, where nobody reads and nobody owns the gateway. */
import type { CompanionHost } from "../../../src/messages/companion.js";

export const quietChat: Pick<CompanionHost, "sendNote" | "askOperator"> = {
  sendNote: async () => ({ edit: async () => true }),
  askOperator: async () => undefined,
};
