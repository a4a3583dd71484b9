/** README's picture: that it shows all that was said, readable on light and dark pages. */
import { expect, test } from "vitest";
import { drawConversation } from "../scripts/picture/draw.js";
import { layOut, wrap } from "../scripts/picture/layout.js";

const ASKED = { from: "person", text: "Run the tests", buttons: [] } as const;
const QUESTION = {
  from: "bot",
  text: "Codex wants to run:\nnpm test && echo <done>",
  buttons: ["Allow once", "Deny"],
} as const;
const conversation = [ASKED, QUESTION].map((said) => ({ ...said, buttons: [...said.buttons] }));

test("a picture shows all of it, escaped", () => {
  const svg = drawConversation(conversation);
  expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
  for (const text of ["Run the tests", "npm test &amp;&amp; echo &lt;done&gt;", "Allow once"]) {
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
  expect(person && person.x + person.width).toBe(404);
  expect(bot?.x).toBe(16);
  expect(bot?.y).toBeGreaterThan((person?.y ?? 0) + (person?.height ?? 0));
  expect(bot?.buttons.at(-1)?.y).toBeLessThan(height - 32);
});

test("a long text is broken at spaces, and a long word where it must be", () => {
  expect(wrap("one two three", 60)).toEqual(["one two", "three"]);
  const broken = wrap(`see /${"x".repeat(100)}`, 100);
  expect(broken.length).toBeGreaterThan(5);
  expect(broken.join("")).toBe(`see/${"x".repeat(100)}`);
});
