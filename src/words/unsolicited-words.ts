/** What a chat hears of turns that it did not begin. */
export const unsolicitedWords = {
  /** Before the answer of a turn that a terminal or an editor began on the chat's thread. */
  anotherClient: (said: string): string =>
    `💻 From another Codex window on this thread:\n\n${said}`,

  /** Before the answer of a turn of which the chat was told that it had failed or was dropped. */
  late: (said: string): string => `Codex finished this after all:\n\n${said}`,
} as const;
