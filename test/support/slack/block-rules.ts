/** What Slack takes as a message's blocks. */
import { asArray, asObject, asString, isJsonObject, type JsonObject } from "../wire-guards.js";
import { SlackRefusal } from "./refusal.js";

/** https://docs.slack.dev/reference/block-kit/blocks: up to 50 blocks in each message */
const BLOCKS = 50;
/** https://docs.slack.dev/reference/block-kit/blocks/section-block */
const SECTION_TEXT = 3000;
const SECTION_FIELDS = 10;
/** https://docs.slack.dev/reference/block-kit/blocks/actions-block */
const ACTIONS = 25;
const BLOCK_ID = 255;
/** https://docs.slack.dev/reference/block-kit/blocks/context-block */
const CONTEXT_ELEMENTS = 10;
/** https://docs.slack.dev/reference/block-kit/blocks/header-block */
const HEADER_TEXT = 150;
/** https://docs.slack.dev/reference/block-kit/blocks/markdown-block: of all of them in a message */
const MARKDOWN_TEXT = 12_000;
/** https://docs.slack.dev/reference/block-kit/block-elements/button-element */
const BUTTON_TEXT = 75;
const BUTTON_VALUE = 2000;
const BUTTON_URL = 3000;
const ACTION_ID = 255;
const STYLES = new Set(["primary", "danger"]);

/** @throws SlackRefusal */
export function checkBlocks(value: unknown): readonly JsonObject[] {
  if (!Array.isArray(value)) throw new SlackRefusal("invalid_blocks_format");
  const blocks = asArray(value).filter(isJsonObject);
  if (blocks.length !== value.length) throw new SlackRefusal("invalid_blocks_format");
  if (blocks.length > BLOCKS) throw wrong("/blocks", `no more than ${BLOCKS} items allowed`);
  blocks.forEach(checkBlock);
  const ids = blocks.map(({ block_id: id }) => id).filter((id) => id !== undefined);
  if (new Set(ids).size < ids.length) throw wrong("/blocks", "`block_id` occurs more than once");
  const markdown = blocks.filter(({ type }) => type === "markdown").map(({ text }) => text);
  if (markdown.map(asString).join("").length > MARKDOWN_TEXT) {
    throw new SlackRefusal("msg_blocks_too_long");
  }
  return blocks;
}

function checkBlock(block: JsonObject, index: number): void {
  const at = `/blocks/${index}`;
  const { type, block_id: id } = block;
  if (id !== undefined) checkLength(id, BLOCK_ID, `${at}/block_id`);
  switch (type) {
    case "divider":
      return;
    case "header":
      return checkText(block["text"], HEADER_TEXT, `${at}/text`, ["plain_text"]);
    case "markdown":
      return checkLength(block["text"], MARKDOWN_TEXT, `${at}/text`);
    case "section":
      return checkSection(block, at);
    case "context":
      return checkContext(asArray(block["elements"]), `${at}/elements`);
    case "actions":
      return checkActions(asArray(block["elements"]), `${at}/elements`);
    default:
      throw wrong(`${at}/type`, `unsupported type: ${asString(type)}`);
  }
}

function checkSection({ text, fields, accessory }: JsonObject, at: string): void {
  if (text === undefined && fields === undefined) throw wrong(at, "missing required field: text");
  if (text !== undefined) checkText(text, SECTION_TEXT, `${at}/text`);
  const all = asArray(fields);
  if (all.length > SECTION_FIELDS) throw wrong(`${at}/fields`, "too many items");
  all.forEach((field, index) => checkText(field, 2000, `${at}/fields/${index}`));
  if (accessory !== undefined) checkActions([accessory], `${at}/accessory`);
}

function checkContext(elements: readonly unknown[], at: string): void {
  if (elements.length === 0 || elements.length > CONTEXT_ELEMENTS) {
    throw wrong(at, `between 1 and ${CONTEXT_ELEMENTS} items allowed`);
  }
  elements.forEach((element, index) => {
    if (asObject(element)["type"] !== "image") checkText(element, SECTION_TEXT, `${at}/${index}`);
  });
}

function checkActions(elements: readonly unknown[], at: string): void {
  if (elements.length === 0 || elements.length > ACTIONS) {
    throw wrong(at, `between 1 and ${ACTIONS} items allowed`);
  }
  const all = elements.map(asObject);
  all.forEach((element, index) => checkElement(element, `${at}/${index}`));
  // Unique among all of the containing block.
  const ids = all.map(({ action_id: id }) => id).filter((id) => id !== undefined);
  if (new Set(ids).size < ids.length) throw wrong(at, "`action_id` occurs more than once");
}

function checkElement(element: JsonObject, at: string): void {
  if (element["type"] !== "button") {
    throw wrong(`${at}/type`, `unsupported type: ${asString(element["type"])}`);
  }
  const { action_id: id, text, value, url, style } = element;
  if (id !== undefined) checkLength(id, ACTION_ID, `${at}/action_id`);
  checkText(text, BUTTON_TEXT, `${at}/text`, ["plain_text"]);
  if (value !== undefined) checkLength(value, BUTTON_VALUE, `${at}/value`);
  if (url !== undefined) checkLength(url, BUTTON_URL, `${at}/url`);
  if (style !== undefined && !STYLES.has(asString(style))) throw wrong(`${at}/style`, "unknown");
}

/** https://docs.slack.dev/reference/block-kit/composition-objects/text-object */
function checkText(
  value: unknown,
  max: number,
  at: string,
  types: readonly string[] = ["plain_text", "mrkdwn"],
): void {
  const { type, text } = asObject(value);
  if (!types.includes(asString(type))) throw wrong(`${at}/type`, "unsupported type");
  checkLength(text, max, `${at}/text`);
}

function checkLength(value: unknown, max: number, at: string): void {
  if (typeof value !== "string") throw wrong(at, "must be a string");
  if (value.length === 0) throw wrong(at, "must be more than 0 characters");
  if (value.length > max) throw wrong(at, `must be less than ${max + 1} characters`);
}

function wrong(at: string, what: string): SlackRefusal {
  return new SlackRefusal("invalid_blocks", `[ERROR] ${what} [json-pointer:${at}]`);
}
