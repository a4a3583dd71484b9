/** Pictures of chats, README's among them: that they show all that was said, readable on light and dark pages. */
import { glob, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { drawConversation } from "../scripts/picture/draw.js";
import { exampleCard } from "../scripts/picture/example-card.js";
import { layOut, wrap } from "../scripts/picture/layout.js";
import { readTranscript } from "../scripts/picture/transcript.js";
import { cardWords } from "../src/words/card-words.js";

const ASKED = { from: "person", text: "Run the tests", rows: [] } as const;
const QUESTION = {
  from: "bot",
  text: "Codex wants to run:\nnpm test && echo <done>",
  rows: [["Allow once", "Deny"], ["Show all"]],
} as const;
const conversation = [ASKED, QUESTION];

test("a picture shows all of it, escaped", () => {
  const svg = drawConversation(conversation);
  expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
  for (const text of [
    "Run the tests",
    "npm test &amp;&amp; echo &lt;done&gt;",
    "Allow once",
    "Show all",
  ]) {
    expect(svg).toContain(`>${text}</text>`);
  }
});

const coloured = (style: string): unknown => style.match(/^\S+ (?=\{ fill: #)/gm);

test("what has a colour on a light page has one on a dark one", () => {
  const [light = "", dark = ""] = drawConversation(conversation).split("@media");
  expect(coloured(light)).toHaveLength(6);
  expect(coloured(dark)).toEqual(coloured(light));
});

test("bubbles stand below each other within the page, people's at the right", () => {
  const { bubbles, height } = layOut(conversation);
  const [person, bot] = bubbles;
  expect(person && person.x + person.width).toBe(344);
  expect(bot?.x).toBe(16);
  expect(bot?.y).toBeGreaterThan((person?.y ?? 0) + (person?.height ?? 0));
  expect(bot?.buttons.at(-1)?.y).toBeLessThan(height - 32);
});

test("the buttons of a row stand side by side below their message, as wide as it together", () => {
  const bot = layOut(conversation).bubbles[1];
  const [once, deny, all] = bot?.buttons ?? [];
  expect(once?.y).toBe(deny?.y);
  expect(all?.y).toBeGreaterThan(deny?.y ?? 0);
  expect(deny && deny.x + deny.width).toBeCloseTo((bot?.x ?? 0) + (bot?.width ?? 0));
  expect(deny?.x).toBeGreaterThan((once?.x ?? 0) + (once?.width ?? 0));
});

test("the example of a card has the plugin's own words and buttons", () => {
  const [asks, card] = exampleCard("Run the tests");
  expect(asks?.text).toBe("/codexchat");
  expect(card?.text).toMatch(/^Run the tests\nFolder: ~\/projects\/my-app\n/);
  expect(card?.rows.flat()).toContain(cardWords.threads);
});

test("a long text is broken at spaces, and a long word where it must be", () => {
  expect(wrap("one two three", 60)).toEqual(["one two", "three"]);
  const broken = wrap(`see /${"x".repeat(100)}`, 100);
  expect(broken.length).toBeGreaterThan(5);
  expect(broken.join("")).toBe(`see/${"x".repeat(100)}`);
});

test("a picture for one theme has its colours only", () => {
  const [light, dark] = [
    drawConversation(conversation, "light"),
    drawConversation(conversation, "dark"),
  ];
  expect(light).toContain(".page { fill: #ffffff");
  expect(dark).toContain(".page { fill: #0e1621");
  expect(light + dark).not.toContain("@media");
});

test("a transcript is read with its buttons, clicks, changes and files", () => {
  const transcript = [
    "PERSON",
    "    Run the tests",
    "CODEX",
    "    (log.txt)",
    "    May I?",
    "",
    "    [sic] sh",
    "    [Allow once]",
    "    [Deny]",
    "  then:",
    "    Allowed.",
    "PERSON presses",
    "    Allow once",
    "",
  ].join("\n");
  expect(readTranscript(transcript)).toEqual([
    { from: "person", text: "Run the tests", rows: [] },
    { from: "bot", text: "(log.txt)\nMay I?\n\n[sic] sh", rows: [["Allow once"], ["Deny"]] },
    { from: "bot", text: "✎ Allowed.", rows: [] },
    { from: "person", text: "👆 Allow once", rows: [] },
  ]);
});

test("every transcript can be drawn, and none is empty", async () => {
  const lengths: number[] = [];
  for await (const file of glob(new URL("e2e/transcripts/*.txt", import.meta.url).pathname)) {
    const said = readTranscript(await readFile(file, "utf8"));
    lengths.push(said.length);
    expect(drawConversation(said, "dark")).toContain("</svg>");
  }
  expect(lengths.length).toBeGreaterThan(10);
  expect(Math.min(...lengths)).toBeGreaterThan(3);
});
