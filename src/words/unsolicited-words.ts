/** What a chat hears of turns that it did not begin. */
export const unsolicitedWords = {
  /** Before the answer of a turn that a terminal or an editor began on the chat's thread. */
  anotherClient: (said: string): string =>
    `💻 From another Codex window on this thread:\n\n${said}`,

  /** Before the answer of a turn that the chat was told had failed. */
  late: (said: string): string =>
    `Codex has finished the turn that was reported as failed:\n\n${said}`,
} as const;
