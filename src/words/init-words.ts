/** What a chat hears of AGENTS.md, which Codex reads at the beginning of each thread. */
export const initWords = {
  writing: (isWaiting: boolean): string =>
    isWaiting
      ? "Codex writes AGENTS.md when the messages before it are done."
      : "Codex looks around and writes AGENTS.md. It reads that file at the beginning of each thread.",
  there: "There is an AGENTS.md in the thread's folder already. Tell Codex what to change in it.",
  cannotTellLater: "This channel cannot be written to later, so ask Codex for it in a message.",
} as const;
