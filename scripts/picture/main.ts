/**
 * Draws README's picture from a conversation of the demo's: `npm run demo -- --json FILE`, then
 * `npm run picture -- FILE`. Writes docs/chat.svg.
 */
import { readFile, writeFile } from "node:fs/promises";
import * as z from "zod/mini";
import { drawConversation } from "./draw.js";

const transcriptSchema = z.array(
  z.object({
    chat: z.string(),
    from: z.enum(["person", "bot"]),
    text: z.string(),
    buttons: z._default(z.array(z.string()), []),
  }),
);

const [file] = process.argv.slice(2);
if (file === undefined || file.startsWith("-")) {
  console.error("Usage: npm run demo -- --json FILE, then npm run picture -- FILE");
  process.exitCode = 2;
} else {
  const transcript = transcriptSchema.parse(JSON.parse(await readFile(file, "utf8")));
  const shown = questionAndAnswer(transcript).map((entry) => ({
    ...entry,
    text: presentable(entry.text),
  }));
  await writeFile(new URL("../../docs/chat.svg", import.meta.url), drawConversation(shown));
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
  const asked = own.slice(0, at).findLast(({ from }) => from === "person");
  const answer = own
    .slice(at + 1)
    .find(({ from, text }) => from === "bot" && !text.startsWith("❓"));
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
