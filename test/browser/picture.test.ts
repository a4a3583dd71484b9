/** README's picture, drawn by a browser: that its texts stay within their bubbles, whatever they are made of. */
import { expect, test } from "vitest";
import { drawConversation } from "../../scripts/picture/draw.js";
import { launchChromium } from "./chromium.js";

const SAID = [
  "Run the tests and tell me how it went",
  "By typing: /codexchat approve 67108432, /codexchat deny 67108432 [REASON]",
  "WARNING: MAXIMUM MEMORY WAS EXCEEDED IN 0x7FFF0042, /home/somebody/some-where/else.ts",
];

test("no text runs over the edge of its bubble", async () => {
  await using browser = await launchChromium();
  const page = await browser.newPage();
  const conversation = SAID.flatMap((text) => [
    { from: "person" as const, text, rows: [] },
    { from: "bot" as const, text, rows: [["Allow once"], ["Always for this thread"]] },
  ]);
  await page.setContent(drawConversation(conversation));
  // A bubble stands before its texts, and nothing else is between them.
  let edge = 0;
  const rooms = [];
  for (const part of await page.locator("svg rect, svg text").all()) {
    const box = await part.boundingBox();
    const right = (box?.x ?? 0) + (box?.width ?? 0);
    const text = await part.textContent();
    if (text) rooms.push({ text, room: edge - right });
    else edge = right;
  }
  expect(rooms.length).toBeGreaterThan(10);
  expect(rooms.filter(({ room }) => room < 3)).toEqual([]);
});
