import { expect, test } from "vitest";
import { telegramLength } from "../../src/chat/telegram-length.js";

// What OpenClaw 2026.9.6 makes of each (markdownToTelegramHtml), by its length.
test.each([
  ["plain text", 10],
  ["a < b && c > d", 28],
  ["**bold** *it* _em_ ~~s~~ `code`", 58],
  ["see main.rs and lib.rs, foo.py, README.md", 124],
  ["[here](https://example.org/a?b=c&d=e)", 52],
  ["https://example.org/a?b=c&d=e_f", 85],
  ["mail ann@example.org", 57],
  ["```ts\nif (a < 1 && b > 1) x();\n```", 83],
  ["| a | b |\n|---|---|\n| 1 | a long cell here |\n| 2 | < |", 57],
  ["www.example.com/x and example.com", 105],
  ["||spoiler||", 32],
  ["***both***", 18],
  ["Überschrift.de straße.com", 107],
  ["> quote\n> more\n\nx", 38],
])("is at least what it becomes, and not many times that: %j", (markdown, html) => {
  expect(telegramLength(markdown)).toBeGreaterThanOrEqual(html);
  expect(telegramLength(markdown)).toBeLessThanOrEqual(3 * html);
});

test("a table is as wide as its widest cells", () => {
  const wide = `| a | b |\n|---|---|\n${"| 1 | 2 |\n".repeat(20)}| ${"x".repeat(100)} | 3 |`;
  expect(telegramLength(wide)).toBeGreaterThan(20 * 100);
});
