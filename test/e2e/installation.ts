/** What a person does with the plugin's packages and with a chat that must stay bound over all of it. */
import { AGENT_ANSWER } from "../support/chain.js";
import { PLUGIN_ID } from "../support/gateway-config.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { agentAnswersAgain } from "../support/under-test.js";
import type { Stage } from "./stage.js";

export class Installation {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Runs a command of OpenClaw's that has to succeed, and resolves to what it printed. */
  async openclaw(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.#stage.chain.gateway.cli(...args);
    if (status !== 0) throw new Error(`${args.join(" ")}: ${status}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Installs the plugin in an OpenClaw that has not heard of it; the gateway does not run yet. */
  async setUp(tarball: string): Promise<void> {
    await this.install(tarball);
    await this.#set({
      "appServer.defaultWorkspaceDir": this.#stage.chain.workspace,
      // Notes beside the answers come by the clock, and a busy machine's clock is nobody's expectation.
      progress: "off",
    });
  }

  /** Messages that come right after each other mean something each, as in all scenarios; version 0.1.0 knows of no other way. */
  async keepMessagesApart(): Promise<void> {
    await this.#set({ "turn.joinWithinMs": 0 });
  }

  async #set(settings: Readonly<Record<string, unknown>>): Promise<void> {
    const values = Object.entries(settings).map(([name, value]) => ({
      path: `plugins.entries.${PLUGIN_ID}.config.${name}`,
      value,
    }));
    await this.openclaw("config", "set", "--batch-json", JSON.stringify(values));
  }

  install(tarball: string): Promise<void> {
    return this.#stage.chain.gateway.install(tarball);
  }

  /** The answer to a command. */
  command(chat: number, text: string, answer: RegExp): Promise<TranscriptEntry> {
    return this.#stage.command(chat, text, answer);
  }

  /** A turn that runs until it is stopped. */
  async stopTurn(chat: number, said: string): Promise<void> {
    this.#stage.playWhenAsked(said, [{ do: "shell", command: "sleep 600" }]);
    const message = this.#stage.say(chat, said);
    await this.#stage.chain.model.waitForRequest(new RegExp(`^${said}$`));
    await this.command(chat, "stop", /^Codex stop requested/);
    await this.#stage.replyTo(message, /^Codex was stopped/);
  }

  /** Everything that a person does with a bound chat works. */
  async useFully(chat: number, when: string): Promise<void> {
    await this.command(chat, "status", /^Codex thread: /);
    await this.#stage.talk(chat, `hello ${when}`);
    await this.stopTurn(chat, `stop ${chat} ${when}`);
    await this.command(chat, "bind", /^This chat is bound to a new Codex thread/);
    await this.#stage.talk(chat, `on a new thread ${when}`);
    await this.command(chat, "detach", /^This chat is detached/);
    await this.#goneFrom(chat, when);
    await this.#stage.bind(chat);
    await this.#stage.talk(chat, `bound again ${when}`);
  }

  /** The chat is OpenClaw's again. */
  async #goneFrom(chat: number, when: string): Promise<void> {
    if (agentAnswersAgain()) {
      await this.#stage.replyTo(this.#stage.say(chat, `who is there ${when}`), AGENT_ANSWER);
    } else {
      await this.command(chat, "status", /^This chat is not bound to Codex/);
    }
  }

  /** What the bot has said in chats that must not be said in one that is bound. */
  complaintsIn(chats: readonly number[]): string[] {
    return chats.flatMap((chat) => {
      let isBound = true;
      return this.#stage.readChat(chat).filter((line) => {
        if (line.startsWith("bot: This chat is detached")) isBound = false;
        if (line.startsWith("bot: Allowed ")) isBound = true;
        return isBound && /not bound|could not bind|no thread binding|was detached/.test(line);
      });
    });
  }
}
