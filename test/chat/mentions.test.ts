import { describe, expect, test } from "vitest";
import { withoutMentions } from "../../src/chat/mentions.js";

const marked = (text: string): string => withoutMentions(text).replaceAll("\u2060", "·");

describe("a mention in an answer is broken, and reads as before", () => {
  test.each([
    ["@everyone look", "@·everyone look"],
    ["(@here)", "(@·here)"],
    ["ask @ann_b.", "ask @·ann_b."],
    ["**@channel**", "**@·channel**"],
    ["<@U123> and <@&42> and <@!7>", "<·@·U123> and <·@&42> and <·@!7>"],
    ["<!channel> <!subteam^S1> <#C1>", "<·!channel> <·!subteam^S1> <·#C1>"],
    ["a\n@all\nb", "a\n@·all\nb"],
    ["_@ann_ and -@ann and .@ann", "_@·ann_ and -@·ann and .@·ann"],
    ["@@ann", "@@·ann"],
    ["@**ann**", "@·**ann**"],
    ["&#64;ann and &#x40;ann and &commat;ann", "&#64;·ann and &#x40;·ann and &commat;·ann"],
    ["&lt;!channel&gt; and &#60;!here&#62;", "&lt;·!channel&gt; and &#60;·!here&#62;"],
    ["<\\!channel> and <&#33;channel>", "<·\\!channel> and <·&#33;channel>"],
    ["[all]( !channel ) and [a[b]](@U1)", "[all]( ·!channel ) and [a[b]](·@·U1)"],
    ["[all][1]\n\n[1]: <!channel>", "[all][1]\n\n[1]: <·!channel>"],
    ["[Ann](tg://user?id=7)", "[Ann](tg·://user?id=7)"],
    [
      "<tg://user?id=7> and [Ann][1]\n\n[1]: TG://user?id=7",
      "<tg·://user?id=7> and [Ann][1]\n\n[1]: TG·://user?id=7",
    ],
    ['<a href="tg://user?id=7">Ann</a>', '<a href="tg·://user?id=7">Ann</a>'],
    ["[Ann](&#116;g\\://user?id=7)", "[Ann](&#116;g·\\://user?id=7)"],
  ])("%j", (text, expected) => {
    expect(marked(text)).toBe(expected);
    expect(withoutMentions(text).replaceAll("\u2060", "")).toBe(text);
  });
});

describe("what mentions nobody stays as it is", () => {
  test.each([
    "mail ann@example.org",
    "a @ b",
    "npm i left-pad@1.2.3",
    "https://example.org/@ann/post",
    "node_modules/@types/node",
    "first.last_@example.org",
    "stg://queue",
    "if (a <= b) return a; &lt;b&gt; [see](src/a.ts) [1]: ok",
    "@@ -1,2 +1,2 @@",
    "git@github.com:a/b.git",
    "if (a < b && b > c)",
    "`@everyone` and ``a ` @here``",
    "```ts\n@Injectable()\nclass A {}\n```",
    "  ```\n  @here\n  ```",
  ])("%j", (text) => {
    expect(withoutMentions(text)).toBe(text);
  });
});

test("a mention between two pieces of code is broken, and the code is not", () => {
  expect(marked("`@a` @b `@c`\n\n```\n@d\n```\n@e")).toBe("`@a` @·b `@c`\n\n```\n@d\n```\n@·e");
});

describe("what is code on some channels only protects no mention", () => {
  test.each([
    ["```\n@here to the end", "```\n@·here to the end"],
    ["~~~\n@here\n~~~", "~~~\n@·here\n~~~"],
    ["````\n```\n@here\n```\n````", "````\n```\n@·here\n```\n````"],
    ["```\na ``` @here\n```", "```\na ``` @·here\n```"],
    ["`a\n@here`", "`a\n@·here`"],
  ])("%j", (text, expected) => {
    expect(marked(text)).toBe(expected);
  });
});

test("a lone backtick does not hide a mention behind it", () => {
  expect(marked("it costs 5` @everyone")).toBe("it costs 5` @·everyone");
});

describe("a mention behind nothing but what could begin code is broken, however much that is", () => {
  test.each(["`a", "`` ` ", "````\n", "````x\n", "```\n", "```x\n`", "~~~\n", "`".repeat(5000)])(
    "%j",
    (piece) => {
      const text = `${piece.repeat(Math.ceil(200_000 / piece.length))}\n\n@x`;
      expect(marked(text)).toBe(text.replace("@x", "@·x"));
    },
  );
});
