/** A person's clicks and slash commands, and how an application answers them. https://discord.com/developers/docs/interactions/receiving-and-responding */
import { asNumber, asObject, asString, type JsonObject } from "../wire-guards.js";
import { isEphemeral } from "./message-rules.js";
import { type DiscordMessages, describeStored, type StoredFile } from "./messages.js";
import { alreadyAnswered, unknownInteraction, unknownWebhook } from "./refusal.js";
import { BOT, describeInteractionPlace } from "./world.js";

/** The types of a first answer. */
const MESSAGE = 4;
const DEFERRED_MESSAGE = 5;
const UPDATE = 7;
const EPHEMERAL = 64;

interface FirstAnswer {
  readonly type: number;
  readonly flags: number;
}

interface Interaction {
  readonly id: string;
  readonly channel: string;
  /** The message whose button was pressed. */
  readonly messageId: string | undefined;
  answer: FirstAnswer | undefined;
  /** The message that `@original` means. */
  original: string | undefined;
  /** Told the text of the first answer; whether it is to be seen. */
  readonly hear: (answer: string) => boolean;
}

export class DiscordInteractions {
  readonly #messages: DiscordMessages;
  readonly #open = new Map<string, Interaction>();

  constructor(messages: DiscordMessages) {
    this.#messages = messages;
  }

  /** What the gateway tells of a new one. */
  begin(
    channel: string,
    data: JsonObject,
    {
      messageId,
      user,
      hear = () => true,
    }: { messageId?: string; user?: string; hear?: Interaction["hear"] } = {},
  ): JsonObject {
    const id = this.#messages.newId();
    const token = `token-${id}`;
    const interaction = { id, channel, messageId, answer: undefined, original: messageId, hear };
    this.#open.set(token, interaction);
    return {
      id,
      token,
      application_id: BOT.id,
      version: 1,
      locale: "en-US",
      app_permissions: "8",
      entitlements: [],
      authorizing_integration_owners: {},
      ...describeInteractionPlace(channel, user),
      ...(messageId !== undefined && {
        message: describeStored(this.#messages.get(messageId)),
      }),
      ...data,
    };
  }

  /** The first answer, of which there is one. @throws DiscordRefusal */
  callback(token: string, body: JsonObject, files: readonly StoredFile[]): void {
    const interaction = this.#open.get(token);
    if (!interaction) throw unknownInteraction();
    if (interaction.answer) throw alreadyAnswered();
    const data = asObject(body["data"]);
    const type = asNumber(body["type"]) ?? 0;
    if (type === MESSAGE && interaction.hear(asString(data["content"]))) {
      const { channel } = interaction;
      interaction.original = this.#messages.create({ channel, body: data, files }).id;
    } else if (type === UPDATE && interaction.messageId !== undefined) {
      this.#messages.edit(interaction.messageId, data);
    }
    interaction.answer = { type, flags: asNumber(data["flags"]) ?? 0 };
    if (type === DEFERRED_MESSAGE) interaction.original = undefined;
  }

  /** What is sent through the interaction's webhook, after the first answer. @throws DiscordRefusal */
  followUp(token: string, body: JsonObject, files: readonly StoredFile[]): JsonObject {
    const { channel } = this.#answered(token);
    return describeStored(this.#messages.create({ channel, body, files }));
  }

  /** @throws DiscordRefusal */
  change(token: string, which: string, body: JsonObject, files: readonly StoredFile[]): JsonObject {
    const interaction = this.#answered(token);
    const { channel, original, answer } = interaction;
    if (which !== "@original") return describeStored(this.#messages.edit(which, body));
    if (original !== undefined) return describeStored(this.#messages.edit(original, body));
    // The answer that was announced comes now, as hidden as it was announced.
    const hidden = isEphemeral(answer.flags) ? { flags: EPHEMERAL } : {};
    const message = this.#messages.create({ channel, body: { ...body, ...hidden }, files });
    interaction.original = message.id;
    return describeStored(message);
  }

  /** @throws DiscordRefusal */
  delete(token: string, which: string): void {
    const { original } = this.#answered(token);
    this.#messages.delete(which === "@original" ? (original ?? "") : which);
  }

  #answered(token: string): Interaction & { readonly answer: FirstAnswer } {
    const interaction = this.#open.get(token);
    // https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages: only after a first answer
    if (!interaction || !isAnswered(interaction)) throw unknownWebhook();
    return interaction;
  }
}

function isAnswered(
  interaction: Interaction,
): interaction is Interaction & { readonly answer: FirstAnswer } {
  return interaction.answer !== undefined;
}
