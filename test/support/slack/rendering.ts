/** What a reader sees of a message, and whom it rings. https://docs.slack.dev/messaging/formatting-message-text */
import { asArray, asObject, asString, type JsonObject } from "../wire-guards.js";

export interface Rendered {
  readonly text: string;
  readonly buttons: readonly SlackButton[];
  readonly pings: readonly string[];
}

export interface SlackButton {
  readonly label: string;
  readonly blockId: string;
  readonly element: JsonObject;
}

/** Where a message has blocks, they are all that is seen of it: `text` is for notifications. */
export function render(text: string, blocks: readonly JsonObject[]): Rendered {
  if (blocks.length === 0) {
    return { text: plain(text), buttons: [], pings: pingsOf(text) };
  }
  const marked = blocks.flatMap(markedTexts);
  return {
    text: [...marked.map(plain), ...blocks.flatMap(plainTexts)].join("\n"),
    buttons: blocks.flatMap(buttonsOf),
    // Notifications go by the text, the blocks' mentions are shown and ring, too.
    pings: [text, ...marked].flatMap(pingsOf),
  };
}

/** What is written in Slack's markup. */
function markedTexts(block: JsonObject): string[] {
  if (block["type"] === "markdown") return [asString(block["text"])];
  const texts = [block["text"], ...asArray(block["fields"]), ...asArray(block["elements"])];
  return texts
    .map(asObject)
    .flatMap(({ type, text }) => (type === "mrkdwn" ? [asString(text)] : []));
}

function plainTexts({ type, text }: JsonObject): string[] {
  const object = asObject(text);
  return type !== "markdown" && object["type"] === "plain_text" ? [asString(object["text"])] : [];
}

function buttonsOf(block: JsonObject): SlackButton[] {
  const elements = [...asArray(block["elements"]), block["accessory"]].map(asObject);
  return elements
    .filter(({ type }) => type === "button")
    .map((element) => ({
      label: asString(asObject(element["text"])["text"]),
      blockId: asString(block["block_id"]),
      element,
    }));
}

/** `<!here>`, `<!channel>`, `<!everyone>`, `<!subteam^S1>` and `<@U1>`, outside of code. */
function pingsOf(text: string): string[] {
  const withoutCode = text.replaceAll(/```[^]*?```|`[^`\n]*`/g, "");
  return [
    ...withoutCode.matchAll(/<(!(?:here|channel|everyone|subteam\^\w+)|@[UW]\w+)(?:\|[^>]*)?>/g),
  ].map(([, name = ""]) => name);
}

function plain(text: string): string {
  return text
    .replaceAll(/<((?:https?|mailto):[^|>]+)\|([^>]*)>/g, "$2 ($1)")
    .replaceAll(/<((?:https?|mailto):[^|>]+)>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
