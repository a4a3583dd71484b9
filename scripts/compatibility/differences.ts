/** What changed between the versions, in words. Most are held by the contract tests: test/support/codex-traits.ts. */
export type Difference = {
  /** The first version that was seen without it. */
  until: string;
  what: string;
};

export const CODEX_DIFFERENCES: readonly Difference[] = [
  {
    until: "0.140.0",
    what: "A message whose turn began in the moment of a crash can run a second time: Codex stores no id with it by which it could be found again.",
  },
  {
    until: "0.140.0",
    what: "A stop ends all background commands of the thread, also a server that an earlier turn has started.",
  },
  {
    until: "0.140.0",
    what: "`/codexchat diff` is refused: Codex keeps no record of the files that a turn has changed.",
  },
  {
    until: "0.140.0",
    what: "What a turn had done is told without its files where it is read back after a restart.",
  },
  {
    until: "0.140.0",
    what: "`/codexchat threads WORDS` looks through titles, first messages and folders only, not through all that was said.",
  },
  {
    until: "0.140.0",
    what: "A thread that was archived counts as gone: the next message starts a new one, and says so.",
  },
  {
    until: "0.140.0",
    what: "An effort is refused where Codex does not know it.",
  },
  {
    until: "0.154.0",
    what: "`/codexchat review` is refused. Codex would run it under the permissions that the thread was loaded with, though the chat has tightened them since.",
  },
  {
    until: "0.154.0",
    what: "A thread that is open in a terminal can be taken up at the same time: Codex keeps no lock.",
  },
  {
    until: "0.154.0",
    what: "An effort does not reach a model that Codex does not know.",
  },
  {
    until: "0.154.0",
    what: "A model that cannot be reached ends the turn with an error. Later ones try for ever, until the plugin's own limits end it.",
  },
  {
    until: "0.169.0",
    what: "`/codexchat steer` reaches the model when it has finished what it is saying; 0.169 cuts it short.",
  },
  {
    until: "0.169.0",
    what: "After a review that could not begin (of a branch that is not there) the next message's turn is told as failed, for the review's reason.",
  },
  {
    until: "0.169.0",
    what: "`/codexchat models` lists OpenAI's models also where the thread has another provider.",
  },
];

/** Why the floor is not lower. */
export const OLDER_OPENCLAW =
  "2026.6.1 would need `--dangerously-force-unsafe-install`: it takes every plugin that starts a program for a danger.";

export const OPENCLAW_DIFFERENCES: readonly Difference[] = [
  {
    until: "2026.8.2",
    what: "Leave out `--accept-capabilities` when you install the plugin: OpenClaw does not know it.",
  },
];
