/** What changed between the versions, in words. Most are held by the contract tests: test/support/codex-traits.ts. */
export type Difference = {
  /** The first version that was seen without it. */
  until: string;
  what: string;
};

export const CODEX_DIFFERENCES: readonly Difference[] = [
  {
    until: "0.140.0",
    what: "A message whose turn began just as Codex crashed can run twice: Codex stores no id with it, so it cannot be found again.",
  },
  {
    until: "0.140.0",
    what: "A stop ends all background commands of the thread, including a server that an earlier turn started.",
  },
  {
    until: "0.140.0",
    what: "`/codexchat diff last` is refused: Codex does not record which files a turn changed.",
  },
  {
    until: "0.140.0",
    what: "After a restart, the summary of what a turn did does not list its files.",
  },
  {
    until: "0.140.0",
    what: "`/codexchat threads WORDS` searches only titles, first messages and folders, not the whole conversation.",
  },
  {
    until: "0.140.0",
    what: "An archived thread counts as gone: the next message starts a new one, and the chat is told.",
  },
  {
    until: "0.140.0",
    what: "An effort that Codex does not know is refused.",
  },
  {
    until: "0.154.0",
    what: "`/codexchat review` is refused. Codex would run it with the permissions that the thread was loaded with, even if the chat has tightened them since.",
  },
  {
    until: "0.154.0",
    what: "A thread that is open in a terminal can be resumed in a chat at the same time: Codex does not lock it.",
  },
  {
    until: "0.154.0",
    what: "The effort is not passed on to a model that Codex does not know.",
  },
  {
    until: "0.154.0",
    what: "If a model cannot be reached, the turn ends with an error. Later versions retry forever, until the plugin's own limits end the turn.",
  },
  {
    until: "0.154.0",
    what: "`/codexchat undo` and `/codexchat fork NUMBER` are refused: Codex takes no turns back and copies only whole threads.",
  },
  {
    until: "0.169.0",
    what: "`/codexchat side TEXT` is refused: Codex cannot answer a question beside a running turn.",
  },
  {
    until: "0.169.0",
    what: "`/codexchat steer` reaches the model only after it has finished its current message; 0.169 interrupts it.",
  },
  {
    until: "0.169.0",
    what: "After a review that could not start (of a branch that does not exist), the next message's turn is reported as failed, with the review's reason.",
  },
  {
    until: "0.169.0",
    what: "`/codexchat models` lists OpenAI's models even if the thread uses another provider.",
  },
];

/** Why the floor is not lower. */
export const OLDER_OPENCLAW =
  "2026.6.1 would need `--dangerously-force-unsafe-install`: it treats every plugin that starts a program as dangerous.";

export const OPENCLAW_DIFFERENCES: readonly Difference[] = [
  {
    until: "2026.8.2",
    what: "Leave out `--accept-capabilities` when you install the plugin: OpenClaw does not know this option.",
  },
  {
    until: "2026.9.6",
    what: "2026.8.2 may restart the whole gateway to update the plugin: a running turn is cut off, and its chat is told. Earlier versions do not.",
  },
];
