import { markdownToIR } from "openclaw/plugin-sdk/text-chunking";
import { describe, expect, test } from "vitest";
import { harmlessText } from "../../src/words/foreign-text.js";

/** Reads the same to a person: the invisible and the look-alikes taken back. */
const asRead = (text: string): string =>
  text
    .replaceAll("\u2060", "")
    .replaceAll("\uFF3F", "_")
    .replaceAll("\u2217", "*")
    .replaceAll("\u2039", "<")
    .replaceAll("\u203A", ">");

test.each([
  "no such file or directory",
  "/home/me/my_project/src/index.ts",
  "~/projects/a-b",
  "snake_case_name and __dirname",
  "50 % of 3 < 4 & 5 > 2",
  "Ärger mit Ümläuten, 日本語, 😀",
  "it's (really) {true}; a=b, c:d!",
])("an ordinary text reads as it was: %s", (text) => {
  expect(asRead(harmlessText(text))).toBe(text.replaceAll("'", "'"));
});

test("a path keeps every character that can be copied", () => {
  expect(harmlessText("/home/me/my_project-2/a b")).toBe("/home/me/my_project-2/a b");
});

describe("nobody is mentioned", () => {
  test.each([
    ["@everyone", /@everyone/],
    ["@here", /@here/],
    ["hello @some_one", /@some/],
    ["me@mail.example", /@mail/],
    ["<@U123>", /<@/],
    ["<!channel>", /<!/],
    ["<!subteam^S1|team>", /<!|\|/],
    ["<@&42> <#99>", /<@|<#/],
    ["#general", /#general/],
  ])("%s", (text, live) => {
    expect(harmlessText(text)).not.toMatch(live);
  });
});

describe("nothing links", () => {
  test.each([
    "gnp.sh",
    "README.md",
    "a.b.com/c.d?e=f.g",
    "www.x.org",
    "t.me/joinchat",
    "x.co,y.co",
    "1.com",
    "a-.com:443",
    "m\u00FCnchen.de \u4F8B\u3048.jp \u044F.\u0440\u0444",
    "x@y.com",
    "user:pw@x.com",
    "https://z.example",
    "//x.com",
    "//localhost/x",
    "http://localhost:3000",
    "mailto:x@y.com",
    "[x](https://z.example) <https://z.example>",
    "[x]: https://z.example",
    "#x.com $x.com ~x.sh",
    "x\u3002com x\uFF0Ecom",
  ])("for OpenClaw, which links names and addresses by itself: %s", (text) => {
    const { links } = markdownToIR(`Folder: ${harmlessText(text)} is it`);
    expect(links).toEqual([]);
  });

  test.each([
    "https://evil.example/x",
    "HTTP://evil.example",
    "tg://resolve?domain=x",
    "file:///etc/passwd",
    "slack://open",
  ])("an address with a scheme: %s", (text) => {
    expect(harmlessText(text)).not.toMatch(/[a-z]:\/\//i);
  });

  test.each(["mailto:a", "javascript:alert(1)", "tel:123", "tg:resolve"])(
    "an address without slashes: %s",
    (text) => {
      expect(harmlessText(text)).not.toMatch(/\b(mailto|javascript|tel|tg):/);
    },
  );

  test.each(["evil.example", "see www.evil.example/path", "bücher.example", "t.me/x", "a.co"])(
    "a bare domain: %s",
    (text) => {
      expect(harmlessText(text)).not.toMatch(/[\p{L}\p{N}]\.\p{L}/u);
    },
  );

  test("a Markdown link", () => {
    expect(harmlessText("[click](https://evil.example)")).not.toMatch(/[[\]]/);
  });

  test("an HTML link", () => {
    expect(harmlessText('<a href="https://evil.example">click</a>')).not.toMatch(/[<>]/);
  });
});

describe("nothing is formatted", () => {
  test.each([
    ["**bold**", /\*/],
    ["*bold*", /\*/],
    ["_italic_", /_/],
    ["__under__", /_/],
    ["~~struck~~", /~/],
    ["`code`", /`/],
    ["```\nblock\n```", /`/],
    ["||spoiler||", /\|/],
    ["> quote", />/],
    ["<b>bold</b>", /[<>]/],
    ["\\*bold\\*", /[\\*]/],
    ["&lt;b&gt; &#60;", /&(lt|gt|#60);/],
  ])("%s", (text, live) => {
    expect(harmlessText(text)).not.toMatch(live);
  });
});

describe("nothing hides", () => {
  test("line breaks and control characters are blanks: the text is one line", () => {
    expect(harmlessText("a\nb\r\n\tc\u0000d\u001b[31me\u0085f\u2028g")).toBe("a b c d (31me f g");
  });

  test("direction overrides, joiners and byte-order marks go", () => {
    expect(harmlessText("a\u202Eb\u2066c\u2069\u200Bd\uFEFFe\u061C")).not.toMatch(
      /[\u202A-\u202E\u2066-\u2069\u200B\uFEFF\u061C]/,
    );
  });

  test("a word joiner in the text does not break up what is guarded by one", () => {
    expect(harmlessText("https:\u2060//evil.example")).not.toMatch(/https:\/\//);
  });

  test("a lone half of a surrogate pair becomes a replacement character", () => {
    expect(harmlessText("a\uD800b").isWellFormed()).toBe(true);
  });
});

describe("the length", () => {
  test("up to the limit is whole, beyond it ends in an ellipsis", () => {
    expect(harmlessText("x".repeat(600))).toBe("x".repeat(600));
    expect(harmlessText("x".repeat(601))).toBe(`${"x".repeat(599)}…`);
    expect(harmlessText("abcdef", 4)).toBe("abc…");
  });

  test("is bounded for a very long text, and never cuts a character in half", () => {
    const text = harmlessText("😀".repeat(100_000), 10);
    expect(text.isWellFormed()).toBe(true);
    expect(text.length).toBeLessThanOrEqual(10);
  });
});

test("nothing stays nothing", () => {
  expect(harmlessText("")).toBe("");
  expect(harmlessText(" \n ")).toBe("");
});

test("a long row of names is broken as a short one is", () => {
  const text = harmlessText("a.bc".repeat(50_000), 50_000);
  expect(text).not.toMatch(/a\.bc/);
  expect(harmlessText(`${"x.".repeat(40)}http://a`)).not.toMatch(/:\/\//);
});
