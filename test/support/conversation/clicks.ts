/** A host that brings clicks on the buttons of one part of the plugin. */
import type { takeClicks } from "../../../src/chat/clicks.js";

type Api = Parameters<typeof takeClicks>[0];
type Registration = Parameters<Api["registerInteractiveHandler"]>[0];

/** What a click came to in its chat, and what the operator hears. */
export type Clicked = { said: string[]; cleared: number; warnings: string[] };

export class Clicks {
  readonly #registration: Registration;
  readonly #warnings: string[] = [];

  /** On Telegram, unless another channel is named. */
  constructor(register: (api: Api) => void, channel = "telegram") {
    const registrations: Registration[] = [];
    register({
      registerInteractiveHandler: (given) => void registrations.push(given),
      logger: { info() {}, error() {}, warn: (text) => void this.#warnings.push(text) },
    });
    const [only, ...more] = registrations.filter((each) => each.channel === channel);
    if (!only || more.length > 0) throw new Error(`it registers one handler for ${channel}`);
    this.#registration = only;
  }

  get namespace(): string {
    return this.#registration.namespace;
  }

  get channel(): string {
    return this.#registration.channel;
  }

  /** Hands over what a host may bring. @throws where the host would bring it again */
  async bring(context: unknown): Promise<void> {
    const result: unknown = await this.#registration.handler(context);
    if (JSON.stringify(result) !== '{"handled":true}') throw new Error("the click is not handled");
  }

  /** A click on Telegram; `payload` is what stands behind the namespace. */
  async click(
    payload: string,
    { authorized = true, clearable = true, chatId = "7", messageId = 1, more = {} } = {},
  ): Promise<Clicked> {
    const said: string[] = [];
    let cleared = 0;
    await this.bring({
      accountId: "default",
      senderId: "7",
      isGroup: chatId.startsWith("-"),
      ...more,
      callback: { payload, namespace: this.namespace, chatId, messageId },
      auth: { isAuthorizedSender: authorized },
      respond: {
        reply: async ({ text }: { text: string }) => void said.push(text),
        clearButtons: async () => {
          if (!clearable) throw new Error("400: Bad Request: message is not modified");
          cleared += 1;
        },
      },
    });
    return { said, cleared, warnings: this.#warnings };
  }
}
