/** docs/codex.md's table: what Codex's own terminal lists after a slash (0.171.0), and what there is of it in a chat. */
import { COMMANDS, type SubcommandName } from "../../src/words/command-list.js";
import { markdownTable } from "./table.js";

type CodexCommand = {
  /** As Codex writes it, without the slash. */
  codex: string;
} & (
  | { ours: readonly SubcommandName[]; note?: string }
  /** Why it is left out. */
  | { left: string }
);

const ITS_SCREEN = "changes the terminal's own screen or keys";
const MACHINE = "sets up Codex for everybody who uses it on that machine, so it is the operator's";

export const CODEX_COMMANDS: readonly CodexCommand[] = [
  { codex: "model", ours: ["model", "models", "effort"] },
  { codex: "presets", left: "saved prompts are the terminal's; `/codexchat skills` runs skills" },
  { codex: "ide", left: "there is no editor beside a chat" },
  {
    codex: "permissions",
    ours: ["permissions"],
    note: "three modes, the widest only if the operator allows it",
  },
  { codex: "keymap", left: ITS_SCREEN },
  { codex: "vim", left: ITS_SCREEN },
  { codex: "experimental", left: MACHINE },
  { codex: "approve", ours: ["approve"], note: "`approve denied`, or the button below a denial" },
  { codex: "memories", left: MACHINE },
  { codex: "skills", ours: ["skills"] },
  { codex: "import", left: MACHINE },
  { codex: "hooks", left: "hooks run commands on the machine, so they are the operator's" },
  { codex: "review", ours: ["review"] },
  { codex: "rename", ours: ["rename"] },
  { codex: "new", ours: ["new"] },
  {
    codex: "archive",
    left: "a chat leaves a thread by `detach`, and the thread stays in the lists",
  },
  { codex: "delete", left: "nothing that is said in a chat deletes a thread for good" },
  { codex: "resume", ours: ["threads", "resume", "bind"] },
  { codex: "fork", ours: ["fork"] },
  { codex: "worktree", ours: ["new", "worktree"], note: "`new --worktree BRANCH`" },
  { codex: "init", ours: ["init"] },
  { codex: "compact", ours: ["compact"] },
  { codex: "config", left: MACHINE },
  { codex: "recap", ours: ["history"], note: "what was said, not a summary; `side` asks for one" },
  { codex: "plan", ours: ["plan"] },
  { codex: "voice", left: "send a voice message: Codex gets the transcript if OpenClaw makes one" },
  { codex: "goal", ours: ["goal"] },
  {
    codex: "agents",
    ours: ["status"],
    note: "`status` names the agents at work, and they ask in the chat",
  },
  { codex: "subagents", ours: ["status"], note: "a chat stays with the main agent" },
  { codex: "side", ours: ["side"] },
  { codex: "copy", left: "the chat itself copies" },
  {
    codex: "export",
    left: "`/codexchat handover` opens the thread in a terminal, which exports it",
  },
  { codex: "raw", left: ITS_SCREEN },
  { codex: "tui", left: ITS_SCREEN },
  { codex: "diff", ours: ["diff"] },
  { codex: "mention", ours: ["ls", "send"], note: "to tell Codex of a file, write its path" },
  {
    codex: "status",
    ours: ["status"],
    note: "the card, `/codexchat` alone, has the same in short",
  },
  { codex: "daemon", left: MACHINE },
  {
    codex: "rc",
    left: "it opens Codex to other devices, which is what this plugin does by the operator's rules",
  },
  { codex: "warnings", left: "they come into the chat when they occur, each once" },
  { codex: "cd", ours: ["new"], note: "`new --cwd FOLDER`: a thread keeps its folder" },
  { codex: "pwd", ours: ["status"] },
  {
    codex: "usage",
    ours: ["limits"],
    note: "`limits reset` uses a reset; the terminal lists it once it is signed in to ChatGPT",
  },
  { codex: "title", left: ITS_SCREEN },
  { codex: "statusline", left: ITS_SCREEN },
  { codex: "theme", left: ITS_SCREEN },
  { codex: "pets", left: ITS_SCREEN },
  { codex: "mcp", ours: ["mcp"] },
  { codex: "plugins", left: MACHINE },
  {
    codex: "logout",
    ours: ["login", "logout"],
    note: "for the gateway's owners; the terminal lists it while it is signed in",
  },
  { codex: "exit", ours: ["detach", "handover"] },
  {
    codex: "feedback",
    left: "it sends logs of the machine to OpenAI, which is the operator's to decide",
  },
  { codex: "ps", ours: ["ps"] },
  { codex: "stop", ours: ["ps"], note: "`ps end all`; `/codexchat stop` stops the turn as well" },
  { codex: "clear", ours: ["new"] },
];

const HEAD = ["Codex's terminal", "in a chat", "difference, or why it is left out"];

/** The table, and below it what Codex's terminal has no command for. */
export function codexTable(): string {
  const rows = CODEX_COMMANDS.map((command) => {
    const name = code(`/${command.codex}`);
    if ("left" in command) return [name, "–", command.left];
    return [name, command.ours.map(code).join(", "), command.note ?? ""];
  });
  const named = new Set<string>(CODEX_COMMANDS.flatMap((one) => ("ours" in one ? one.ours : [])));
  const more = Object.keys(COMMANDS).filter((name) => !named.has(name));
  return `${markdownTable(HEAD, rows)}\n\nOnly in a chat: ${more.map(code).join(", ")}.`;
}

function code(name: string): string {
  return `\`${name}\``;
}
