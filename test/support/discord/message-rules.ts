/** What Discord takes for a message, and what it makes of it. Each rule names the page that says so. */
import { asArray, asObject, asString, isJsonObject, type JsonObject } from "../wire-guards.js";
import { emptyMessage, invalidField } from "./refusal.js";

/** https://discord.com/developers/docs/resources/message#create-message */
const CONTENT_LENGTH = 2000;
/** https://discord.com/developers/docs/resources/message#message-object-message-flags */
const EPHEMERAL = 1 << 6;
const IS_COMPONENTS_V2 = 1 << 15;
/** https://discord.com/developers/docs/components/reference: all texts of one message, and all of its components */
const COMPONENTS_LENGTH = 4000;
const COMPONENTS_COUNT = 40;
/** https://discord.com/developers/docs/components/reference#action-row */
const ROW_BUTTONS = 5;
/** https://discord.com/developers/docs/components/reference#button-button-structure */
const LABEL_LENGTH = 80;
/** https://discord.com/developers/docs/components/reference#anatomy-of-a-component-custom-id */
const CUSTOM_ID_LENGTH = 100;

const ACTION_ROW = 1;
const BUTTON = 2;
const TEXT_DISPLAY = 10;

export interface DiscordButton {
  readonly label: string;
  readonly customId: string;
}

/** A message as it stands in its channel. */
export interface MessageFields {
  readonly content: string;
  readonly components: readonly unknown[];
  readonly embeds: readonly unknown[];
  readonly flags: number;
}

export const NO_FIELDS: MessageFields = { content: "", components: [], embeds: [], flags: 0 };

/**
 * What a body makes of a message, of a new one or of one that stands there.
 * @throws DiscordRefusal where it breaks a rule
 */
export function applyBody(
  body: JsonObject,
  before: MessageFields,
  { files }: { files: number },
): MessageFields {
  const fields = {
    content: "content" in body ? asString(body["content"]) : before.content,
    components: "components" in body ? asArray(body["components"]) : before.components,
    embeds: "embeds" in body ? asArray(body["embeds"]) : before.embeds,
    flags: flagsOf(body, before),
  };
  if (Array.from(fields.content).length > CONTENT_LENGTH) {
    throw invalidField("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.");
  }
  checkAllowedMentions(body["allowed_mentions"]);
  if (isV2(fields)) checkVersionTwo(fields);
  else checkVersionOne(fields);
  checkComponents(fields.components);
  const isEmpty =
    fields.content.trim() === "" && fields.components.length === 0 && fields.embeds.length === 0;
  // https://discord.com/developers/docs/resources/message#create-message: at least one of them
  if (isEmpty && files === 0) throw emptyMessage();
  return fields;
}

/** https://discord.com/developers/docs/components/using-message-components: once it is set on a message, no edit takes it away */
function flagsOf(body: JsonObject, before: MessageFields): number {
  const given = typeof body["flags"] === "number" ? body["flags"] : 0;
  return given | (before.flags & IS_COMPONENTS_V2);
}

function isV2({ flags }: Pick<MessageFields, "flags">): boolean {
  return (flags & IS_COMPONENTS_V2) !== 0;
}

export function isEphemeral(flags: number): boolean {
  return (flags & EPHEMERAL) !== 0;
}

/** https://discord.com/developers/docs/components/using-message-components: `content` and `embeds` no longer work with it */
function checkVersionTwo({ content, components, embeds }: MessageFields): void {
  const legacy = content === "" ? (embeds.length === 0 ? undefined : "embeds") : "content";
  if (legacy !== undefined) {
    throw invalidField(
      legacy,
      "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
      `The '${legacy}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`,
    );
  }
  const text = [...all(components)].map(textOf).join("");
  if (Array.from(text).length > COMPONENTS_LENGTH) {
    throw invalidField(
      "components",
      "COMPONENT_MAX_TOTAL_COMPONENT_TEXT",
      "The total displayable text size exceeds 4000.",
    );
  }
}

/** https://discord.com/developers/docs/components/reference#legacy-message-component-behavior: rows only, at most five */
function checkVersionOne({ components }: MessageFields): void {
  if (components.some((component) => asObject(component)["type"] !== ACTION_ROW)) {
    throw invalidField(
      "components",
      "UNION_TYPE_CHOICES",
      "Value of field 'type' must be one of (1,).",
    );
  }
  if (components.length > 5) {
    throw invalidField("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
  }
}

function checkComponents(components: readonly unknown[]): void {
  const flat = [...all(components)];
  if (flat.length > COMPONENTS_COUNT) {
    throw invalidField("components", "BASE_TYPE_BAD_LENGTH", "Must be 40 or fewer in length.");
  }
  const ids = new Set<string>();
  for (const component of flat) {
    const inside = asArray(component["components"]);
    if (component["type"] === ACTION_ROW && (inside.length === 0 || inside.length > ROW_BUTTONS)) {
      throw invalidField(
        "components",
        "BASE_TYPE_BAD_LENGTH",
        "Must be between 1 and 5 in length.",
      );
    }
    if (component["type"] !== BUTTON) continue;
    const { label, customId } = buttonOf(component);
    if (Array.from(label).length > LABEL_LENGTH) {
      throw invalidField("label", "BASE_TYPE_MAX_LENGTH", "Must be 80 or fewer in length.");
    }
    if (customId === "" || customId.length > CUSTOM_ID_LENGTH) {
      throw invalidField(
        "custom_id",
        "BASE_TYPE_BAD_LENGTH",
        "Must be between 1 and 100 in length.",
      );
    }
    if (ids.has(customId)) {
      throw invalidField(
        "custom_id",
        "COMPONENT_CUSTOM_ID_DUPLICATED",
        "Component custom id cannot be duplicated",
      );
    }
    ids.add(customId);
  }
}

/** https://discord.com/developers/docs/resources/message#allowed-mentions-object: a kind is allowed as a whole or by ids, not both */
function checkAllowedMentions(value: unknown): void {
  if (value === undefined || value === null) return;
  const { parse, users, roles } = asObject(value);
  const kinds = asArray(parse);
  for (const [kind, ids] of [
    ["users", users],
    ["roles", roles],
  ] as const) {
    if (kinds.includes(kind) && asArray(ids).length > 0) {
      throw invalidField(
        "allowed_mentions",
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`,
      );
    }
  }
}

/**
 * Whom a new message rings: what stands in its text, as far as `allowed_mentions` lets it. Code rings nobody.
 * https://discord.com/developers/docs/reference#message-formatting
 */
export function pingsOf(body: JsonObject, fields: MessageFields): string[] {
  const text = shownText(fields)
    .replaceAll(/```[^]*?```/g, "")
    .replaceAll(/`[^`\n]*`/g, "");
  const found = [...text.matchAll(/@everyone|@here|<@!?\d+>|<@&\d+>/g)].map(([mention]) => mention);
  const allowed = body["allowed_mentions"];
  if (!isJsonObject(allowed)) return found;
  const kinds = asArray(allowed["parse"]);
  const named = [...asArray(allowed["users"]), ...asArray(allowed["roles"])];
  return found.filter((mention) => {
    if (mention.startsWith("@")) return kinds.includes("everyone");
    const kind = mention.startsWith("<@&") ? "roles" : "users";
    return kinds.includes(kind) || named.includes(mention.replaceAll(/\D/g, ""));
  });
}

/** A message as it is read, its texts below each other. */
export function shownText({ content, components, embeds }: MessageFields): string {
  const ofEmbeds = embeds.map((embed) => {
    const { title, description } = asObject(embed);
    return [asString(title), asString(description)].filter((part) => part !== "").join("\n");
  });
  const ofComponents = [...all(components)].map(textOf);
  return [content, ...ofComponents, ...ofEmbeds].filter((part) => part !== "").join("\n");
}

export function buttonsOf({ components }: MessageFields): DiscordButton[] {
  return [...all(components)].filter(({ type }) => type === BUTTON).map(buttonOf);
}

function buttonOf(component: JsonObject): DiscordButton {
  return { label: asString(component["label"]), customId: asString(component["custom_id"]) };
}

function textOf(component: JsonObject): string {
  return component["type"] === TEXT_DISPLAY ? asString(component["content"]) : "";
}

/** The components and those within them. */
function* all(components: readonly unknown[]): Generator<JsonObject> {
  for (const component of components.filter(isJsonObject)) {
    yield component;
    const { accessory } = component;
    yield* all([...asArray(component["components"]), ...(accessory ? [accessory] : [])]);
  }
}
