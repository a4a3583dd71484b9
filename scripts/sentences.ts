/**
 * Holds the words of the chat together: no sentence of theirs stands twice, so that it cannot be mended in one place and
 * forgotten in the other, and none stands outside of the files of words.
 *
 * That a text is meant for the chat can be told where it names a command of ours or is the text of a reply. Errors are
 * words of programmers until the words make a sentence of them.
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { repeatedSentences, strayTexts } from "./sentence-rules.js";
import { spokenTexts } from "./spoken-texts.js";

const WORDS = /^src\/words\//;
/** For Codex, and no chat's. */
const INSTRUCTIONS = "src/thread/instructions.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const names = await readdir(path.join(root, "src"), { recursive: true });
const sources = names.filter((name) => name.endsWith(".ts")).map((name) => path.join("src", name));
const files = await Promise.all(
  sources.map(async (name) => {
    const file = name.replaceAll(path.sep, "/");
    return { file, texts: spokenTexts(file, await readFile(path.join(root, name), "utf8")) };
  }),
);
const words = files.filter(({ file }) => WORDS.test(file));
const complaints = [
  ...repeatedSentences(words).map(
    ({ sentence, places }) => `“${sentence}” stands twice: ${places.join(", ")}`,
  ),
  ...strayTexts(files.filter(({ file }) => !WORDS.test(file) && file !== INSTRUCTIONS)).map(
    ({ text, place }) => `${place}: “${text}” is said in a chat and belongs to the words`,
  ),
];
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
else console.log(`${words.length} files of words: no sentence stands twice, and none elsewhere.`);
