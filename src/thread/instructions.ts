/** What Codex is told, and no person. */

/** Stands in the thread as its person's message. */
export const CONTINUE_AFTER_LIMIT =
  "The usage limit that stopped you has been reset. Continue where you left off.";

export const DEVELOPER_INSTRUCTIONS =
  "This thread is bound to an OpenClaw conversation: a person reads it in a chat, often on a phone. The final answer of each turn is delivered there, so let it stand on its own. The person can have a file of the workspace sent to the chat with /codexchat send PATH: name files by their paths.";

/** The person's message for `/codexchat init`. */
export const WRITE_AGENTS_FILE = [
  "Write a file AGENTS.md in the root of this workspace: what a coding agent, or a new colleague, has to know before working here. If there is one already, leave it as it is and say so.",
  "Look first: the layout, the manifests, the scripts, the tests, the CI, the last commits. Write only what you have seen, with the exact commands and paths.",
  "Keep it under 400 words, in Markdown with short headings. Cover what applies: where things are; how to build, run, format, lint and test, with the command for a single test; the conventions of code, tests and commits; what must not be touched or committed.",
].join("\n\n");

/**
 * A tool of ours that the model is offered. It belongs to the thread from its start: a resume and a fork keep it, and none
 * gets it later.
 */
export const SEND_FILE = {
  type: "function",
  name: "send_file",
  description:
    "Sends a file of the workspace into the chat that this thread is bound to. Use it if the person asks for a file, or if a file is the result that they asked for. It sends regular files, none that are hidden or hold keys; pack a folder first.",
  inputSchema: {
    type: "object",
    properties: {
      path: { type: "string", description: "The file's path, absolute or from the workspace on" },
    },
    required: ["path"],
    additionalProperties: false,
  },
} as const;
