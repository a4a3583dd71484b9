/**
 * OpenClaw's records of bound chats, in the place of `openclaw/plugin-sdk/conversation-runtime`. The file that uses it
 * replaces that module: `vi.mock("openclaw/plugin-sdk/conversation-runtime", () => import("./…/host-bindings.js"))`.
 */
import { beforeEach } from "vitest";
import { asRecord } from "../../../src/app-server/json.js";
import { PLUGIN_ID } from "../../../src/host/plugin-host.js";

type Place = {
  channel: string;
  accountId: string;
  conversationId: string;
  parentConversationId?: string;
};

export type BindingRecord = {
  bindingId: string;
  conversation: Place;
  targetSessionKey: string;
  targetKind: string;
  boundAt: number;
  expiresAt?: number;
  metadata: Record<string, unknown>;
};

export const TELEGRAM: Place = {
  channel: "telegram",
  accountId: "default",
  conversationId: "telegram:7",
};

class HostBindings {
  readonly #records = new Map<string, BindingRecord>();
  /** Each `bind` that was asked for. */
  readonly bound: Record<string, unknown>[] = [];
  /** Changes the record, then throws as OpenClaw 2026.9.6 does on Telegram. */
  throwsOnBind = false;
  /** False: the channel does not run yet. */
  runs = true;
  /** OpenClaw before 2026.9 looks records up synchronously only. */
  isOld = false;

  reset(): void {
    this.#records.clear();
    this.bound.length = 0;
    Object.assign(this, { throwsOnBind: false, runs: true, isOld: false });
  }

  /** A record of this plugin's, bound by the copy in this folder. */
  hold(
    data: Record<string, unknown> | undefined,
    pluginRoot: string,
    more: { place?: Place; metadata?: Record<string, unknown> } = {},
  ): void {
    const { place = TELEGRAM, metadata = {} } = more;
    this.#records.set(keyOf(place), {
      bindingId: keyOf(place),
      conversation: place,
      targetSessionKey: `plugin-binding:${place.conversationId}`,
      targetKind: "session",
      boundAt: 0,
      metadata: {
        pluginBindingOwner: "plugin",
        pluginId: PLUGIN_ID,
        pluginRoot,
        summary: "what was asked",
        data,
        ...metadata,
      },
    });
  }

  drop(place: Place = TELEGRAM): void {
    this.#records.delete(keyOf(place));
  }

  record(place: Place = TELEGRAM): BindingRecord | null {
    return this.#records.get(keyOf(place)) ?? null;
  }

  get service(): Record<string, unknown> {
    const resolve = (place: Place): BindingRecord | null => (this.runs ? this.record(place) : null);
    return {
      resolveByConversation: resolve,
      ...(this.isOld ? {} : { resolveByConversationAsync: async (place: Place) => resolve(place) }),
      getCapabilities: () => ({ adapterAvailable: this.runs }),
      unbind: async (input: { bindingId?: string; targetSessionKey?: string }) => {
        for (const [key, { targetSessionKey }] of this.#records) {
          if (key === input.bindingId || targetSessionKey === input.targetSessionKey) {
            this.#records.delete(key);
          }
        }
        return [];
      },
      bind: async (input: BindingRecord & { placement: string }) => {
        this.bound.push(input);
        const earlier = this.record(input.conversation);
        const metadata = { ...earlier?.metadata, ...asRecord(input.metadata) };
        this.#records.set(keyOf(input.conversation), {
          ...input,
          bindingId: keyOf(input.conversation),
          boundAt: 1,
          metadata,
        });
        if (this.throwsOnBind) throw new Error("Telegram runtime not initialized");
        return this.record(input.conversation);
      },
    };
  }
}

export const hostBindings = new HostBindings();

export const getSessionBindingService = (): Record<string, unknown> => hostBindings.service;

beforeEach(() => hostBindings.reset());

function keyOf({ channel, accountId, conversationId, parentConversationId }: Place): string {
  return JSON.stringify([channel, accountId, conversationId, parentConversationId]);
}
