/** The plugin from the claim to the reply, with a stand-in host whose channel takes everything at once. */
import path from "node:path";
import { asRecord } from "../../src/app-server/json.js";
import { writeCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { startCodexConversationThread } from "../../src/conversation-binding.js";
import { createCodexConversationBindingData } from "../../src/host/binding-data.js";
import { ConversationMessages } from "../../src/messages/messages.js";
import { conversationsFolder } from "../../src/host/state.js";
import { claimInboundMessage } from "../../src/inbound-claim.js";
import { PLUGIN_ID, type PluginHost } from "../../src/host/plugin-host.js";
import { hostBinding, message } from "../../test/support/conversation/chat.js";
import { quietChat, throughHost } from "../../test/support/conversation/quiet-chat.js";

const CHANNEL = "telegram";
/** Stands between a chat's name and the number that makes each answer's address one of its own. */
const NUMBER = "#";

export class PluginUnderTest {
  readonly folder: string;
  readonly messages: ConversationMessages;
  readonly #config: Record<string, unknown>;
  readonly #host: PluginHost;
  readonly #waiting = new Map<string, (text: string) => void>();
  #lastMessage = 0;

  /** Keeps its state below `stateDir`, as below OpenClaw's state folder. */
  constructor(stateDir: string, config: Record<string, unknown>) {
    this.folder = conversationsFolder(stateDir);
    this.#config = config;
    this.#host = this.#standIn(stateDir);
    this.messages = new ConversationMessages({
      ...quietChat,
      ...throughHost(this.#host),
      pluginConfig: () => config,
      warn: (text) => console.error(text),
    });
  }

  sessionFile(name: string): string {
    return path.join(this.folder, name);
  }

  /** Binds a chat to a new thread, as the command does. */
  async bind(name: string, workspaceDir: string): Promise<void> {
    const sessionFile = this.sessionFile(name);
    await startCodexConversationThread({ pluginConfig: this.#config, sessionFile, workspaceDir });
  }

  /** Binds a chat to a thread that has been in use, without asking Codex. */
  async bindTo(name: string, threadId: string, cwd: string): Promise<void> {
    await writeCodexAppServerBinding(this.sessionFile(name), { threadId, cwd, hasRun: true });
  }

  /** Hands a message of the chat to the hook; fulfilled with the reply when the channel was given it. */
  async say(name: string, text: string): Promise<string> {
    const reply = this.replyTo(name);
    await this.claim(name, text);
    return reply;
  }

  async claim(name: string, text: string): Promise<void> {
    const data = createCodexConversationBindingData({
      sessionFile: this.sessionFile(name),
      workspaceDir: this.folder,
    });
    const number = ++this.#lastMessage;
    // The outbox gives a chat five messages in five seconds, which would be all that is measured.
    const to = `${name}${NUMBER}${number}`;
    const event = message(text, {
      channel: CHANNEL,
      conversationId: name,
      messageId: `m${number}`,
      metadata: { originatingTo: to },
    });
    await claimInboundMessage(this.#host, this.messages, event, {
      channelId: CHANNEL,
      pluginBinding: hostBinding(data),
    });
  }

  /** The next reply that the chat is sent. */
  replyTo(name: string): Promise<string> {
    return new Promise((resolve) => void this.#waiting.set(name, resolve));
  }

  #standIn(stateDir: string): PluginHost {
    const sendText = async ({ to, text }: { to: string; text: string }): Promise<object> => {
      const [name = to] = to.split(NUMBER);
      this.#waiting.get(name)?.(text);
      this.#waiting.delete(name);
      return {};
    };
    const adapter = { sendText };
    const current = { plugins: { entries: { [PLUGIN_ID]: { config: this.#config } } } };
    const host: unknown = {
      pluginConfig: this.#config,
      logger: { info() {}, warn: console.error, error: console.error },
      runtime: {
        config: { current: () => current },
        state: { resolveStateDir: () => stateDir },
        channel: { outbound: { loadAdapter: async () => adapter } },
      },
    };
    if (!isPluginHost(host)) throw new Error("the stand-in is no host");
    return host;
  }
}

function isPluginHost(value: unknown): value is PluginHost {
  return asRecord(asRecord(value)?.runtime) !== undefined;
}
