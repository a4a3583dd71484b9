/**
 * `npm run picture` draws all conversations of test/e2e/transcripts as a phone shows them, into .tmp/pictures. With a
 * FILE, a conversation of the demo's that `npm run demo -- --json FILE` has written, it draws README's picture.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as z from "zod/mini";
import { drawConversation } from "./draw.js";
import { exampleCard } from "./example-card.js";
import { drawGallery } from "./gallery.js";

const usage = `npm run picture -- [options] [FILE]

Draws chats as a phone of 360 pixels shows them.

  FILE     a conversation that \`npm run demo -- --json FILE\` has written; its question
           and answer, and a card, become docs/chat.svg
  --png    also write PNG files; needs a Chromium
  --help   show this help

Without FILE: every conversation of test/e2e/transcripts, light and dark, into .tmp/pictures.
Open index.html there to see them all.`;

const transcriptSchema = z.array(
  z.object({
    chat: z.string(),
    from: z.enum(["person", "bot"]),
    text: z.string(),
    kind: z._default(z.enum(["message", "edit", "click", "delete"]), "message"),
    buttons: z._default(z.array(z.string()), []),
  }),
);

const place = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    png: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const [file] = positionals;
if (values.help) {
  console.log(usage);
} else if (file === undefined) {
  const folder = place(".tmp/pictures");
  const count = await drawGallery(place("test/e2e/transcripts"), folder, { asPng: values.png });
  console.log(`${count} conversations, light and dark: ${folder}/index.html`);
} else {
  const transcript = transcriptSchema.parse(JSON.parse(await readFile(file, "utf8")));
  const said = questionAndAnswer(transcript).map(({ from, text, buttons }) => ({
    from,
    text: presentable(text),
    rows: buttons.map((label) => [label]),
  }));
  const shown = [...said, ...exampleCard(said[0]?.text ?? "")];
  await writeFile(place("docs/chat.svg"), drawConversation(shown));
  console.log(`docs/chat.svg shows ${shown.length} messages.`);
}

type Entry = z.infer<typeof transcriptSchema>[number];

/** A message to Codex, what it asks, and its answer; clicks and what they change are seen in the chat, not said. */
function questionAndAnswer(transcript: readonly Entry[]): Entry[] {
  const asks = ({ from, text, buttons }: Entry): boolean =>
    from === "bot" && text.startsWith("❓") && buttons.length > 0;
  const question = transcript.find(asks);
  if (!question) throw new Error("Codex asks nothing in this conversation.");
  const own = transcript.filter(({ chat }) => chat === question.chat);
  const at = own.indexOf(question);
  const asked = own
    .slice(0, at)
    .findLast(({ from, kind }) => from === "person" && kind === "message");
  const answer = own.slice(at + 1).find(({ from, kind }) => from === "bot" && kind === "message");
  return [asked, question, answer].filter((entry) => entry !== undefined);
}

/** The demo works in a folder of its own, which says nothing to a reader. */
function presentable(text: string): string {
  return text
    .replaceAll(/\S*\/openclaw-chain-\w+\/workspace/g, "~/projects/my-app")
    .replaceAll("\u2060", "")
    .replaceAll(/\n\n+/g, "\n")
    .trim();
}
