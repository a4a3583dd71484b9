import path from "node:path";
import type {
  PluginConversationBinding,
  PluginHookInboundClaimEvent,
} from "openclaw/plugin-sdk/plugin-entry";
import {
  readCodexAppServerBinding,
  writeCodexAppServerBinding,
  type CodexAppServerBinding,
  type CodexAppServerBindingInput,
} from "../../../src/thread/thread-binding.js";
import {
  handleCodexConversationInboundClaim,
  type CodexConversationClaimOptions,
  type CodexConversationClaimResult,
} from "../../../src/conversation-binding.js";
import {
  createCodexConversationBindingData,
  type CodexConversationBindingData,
} from "../../../src/host/binding-data.js";
import type { ScriptedCodex } from "./scripted-codex.js";

/** A message as the host hands it to the claim: from somebody whom it trusts, unless said otherwise. */
export function message(
  content: string,
  more: Partial<PluginHookInboundClaimEvent> = {},
): PluginHookInboundClaimEvent {
  return {
    content,
    channel: "telegram",
    accountId: "default",
    conversationId: "telegram:7",
    isGroup: false,
    commandAuthorized: true,
    ...more,
  };
}

/** The host's record of a bound conversation. */
export function hostBinding(data: Record<string, unknown> | undefined): PluginConversationBinding {
  return {
    bindingId: "default:telegram:7",
    pluginId: "codex-conversation",
    pluginRoot: "/plugins/codex-conversation",
    channel: "telegram",
    accountId: "default",
    conversationId: "telegram:7",
    boundAt: 0,
    ...(data === undefined ? {} : { data }),
  };
}

/** A conversation that the host has bound to this plugin. */
export class Chat {
  readonly sessionFile: string;
  readonly data: CodexConversationBindingData;
  readonly #folder: string;
  readonly #codex: ScriptedCodex;

  constructor(folder: string, codex: ScriptedCodex, name = "chat") {
    this.#folder = folder;
    this.#codex = codex;
    this.sessionFile = path.join(folder, "state", name);
    this.data = createCodexConversationBindingData({
      sessionFile: this.sessionFile,
      workspaceDir: "/data-folder",
    });
  }

  /** Another conversation of the same host. */
  other(name: string): Chat {
    return new Chat(this.#folder, this.#codex, name);
  }

  /** Binds the chat to a thread that Codex has, with a history unless said otherwise. */
  async bind(binding: Partial<CodexAppServerBindingInput> = {}): Promise<void> {
    const whole = { threadId: "thread-1", cwd: "/repo", hasRun: true, ...binding };
    this.#codex.stored.add(whole.threadId);
    await writeCodexAppServerBinding(this.sessionFile, whole);
  }

  binding(): Promise<CodexAppServerBinding | undefined> {
    return readCodexAppServerBinding(this.sessionFile);
  }

  claim(
    event: PluginHookInboundClaimEvent | string,
    options?: CodexConversationClaimOptions,
  ): Promise<CodexConversationClaimResult | undefined> {
    return handleCodexConversationInboundClaim(
      typeof event === "string" ? message(event) : event,
      { pluginBinding: hostBinding(this.data) },
      options,
    );
  }

  /** Sends a message and waits for its reply. */
  async say(
    event: PluginHookInboundClaimEvent | string,
    options?: CodexConversationClaimOptions,
  ): Promise<string | undefined> {
    return (await this.claim(event, options))?.reply?.text;
  }
}
