/** The operator at a terminal, with a host that has bound chats. The file that uses it replaces what operator-gateway says. */
import path from "node:path";
import { asRecord } from "../../../src/app-server/json.js";
import { noteBoundConversation } from "../../../src/host/bound-conversation.js";
import { conversationsFolder } from "../../../src/host/state.js";
import { addCommands } from "../../../src/operator/cli.js";
import {
  writeCodexAppServerBinding,
  type CodexAppServerBindingInput,
} from "../../../src/thread/thread-binding.js";
import { conversation } from "./conversation.js";
import { ScriptedHost } from "./host.js";

type Program = Parameters<typeof addCommands>[0];
type Action = (...args: readonly unknown[]) => Promise<void>;

/** The part of OpenClaw's command-line parser that is used. */
class ScriptedProgram {
  readonly #commands = new Map<string, ScriptedProgram>();
  #action: Action | undefined;
  #arguments = 0;

  command(name: string): ScriptedProgram {
    const command = new ScriptedProgram();
    this.#commands.set(name, command);
    return command;
  }

  description(): this {
    return this;
  }

  argument(): this {
    this.#arguments += 1;
    return this;
  }

  option(): this {
    return this;
  }

  action(action: Action): this {
    this.#action = action;
    return this;
  }

  async run([first = "", ...rest]: readonly string[], options: object): Promise<void> {
    const command = this.#commands.get(first);
    if (command) return command.run(rest, options);
    const args = [first, ...rest].slice(0, this.#arguments);
    await this.#action?.(...args, options);
  }
}

function isProgram(value: unknown): value is Program {
  return value instanceof ScriptedProgram;
}

/** What a command has printed, and how it ended. */
export type Printed = { out: string; notes: string; exitCode: 0 | 1 };

export async function operator() {
  const { codex, folder } = await conversation();
  const host = new ScriptedHost(folder);
  const conversations = conversationsFolder(host.stateDir);

  async function run(words: readonly string[], options: object = {}): Promise<Printed> {
    const printed: Printed = { out: "", notes: "", exitCode: 0 };
    const program: unknown = new ScriptedProgram();
    if (!isProgram(program) || !(program instanceof ScriptedProgram)) throw new Error("no program");
    addCommands(program, host.api, {
      out: (text) => void (printed.out += `${text}\n`),
      note: (text) => void (printed.notes += `${text}\n`),
      fail: () => void (printed.exitCode = 1),
    });
    await program.run(["codexchat", ...words], options);
    return printed;
  }

  /** A chat that is bound to a thread. */
  async function bind(
    name: string,
    chat: string,
    binding: Partial<CodexAppServerBindingInput> = {},
  ): Promise<string> {
    const sessionFile = path.join(conversations, name);
    const whole = { threadId: `thread-of-${name}`, cwd: folder, hasRun: true, ...binding };
    await writeCodexAppServerBinding(sessionFile, whole);
    codex.stored.add(whole.threadId);
    await noteBoundConversation(sessionFile, {
      conversation: { channel: "telegram", accountId: "default", conversationId: chat },
      address: { channel: "telegram", to: `telegram:${chat}` },
    });
    return sessionFile;
  }

  return {
    bind,
    codex,
    folder,
    host,
    conversations,
    run,
    /** The same with `--json`, read. */
    json: async (
      words: readonly string[],
      options: object = {},
    ): Promise<Record<string, unknown>> =>
      asRecord(JSON.parse((await run(words, { ...options, json: true })).out)) ?? {},
    sessionFile: (name: string): string => path.join(conversations, name),
  };
}
