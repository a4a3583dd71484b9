import { describe, expect, test } from "vitest";
import { withLocalFilesShown } from "../../src/chat/local-links.js";

describe("a link to a file of Codex's machine becomes the file, as code", () => {
  test.each([
    ["see [src/a.ts](/home/x/src/a.ts:12).", "see `src/a.ts:12`."],
    ["[`a.ts`](/repo/a.ts#L3)", "`a.ts:3`"],
    ["[a.ts:7](/repo/a.ts:7)", "`a.ts:7`"],
    ["[here](/home/x/src/a.ts:12:5)", "here (`/home/x/src/a.ts:12`)"],
    ["[**the parser**](./src/parse.ts#L10-L20)", "**the parser** (`./src/parse.ts:10`)"],
    ["[notes](docs/notes.md)", "notes (`docs/notes.md`)"],
    ["[my file](</repo/my file.ts:2>)", "my file (`/repo/my file.ts:2`)"],
    ["[my file.ts](/repo/my%20file.ts)", "`my file.ts`"],
    ["[x](file:///repo/x.ts)", "x (`/repo/x.ts`)"],
    ["[a.ts](C:\\repo\\a.ts:4)", "`a.ts:4`"],
    ["[a.ts](C:/repo/a.ts)", "`a.ts`"],
    ["[page](/repo/app/(home)/page.tsx:1)", "page (`/repo/app/(home)/page.tsx:1`)"],
    ["[Makefile](Makefile:3)", "`Makefile:3`"],
    ["![chart](/tmp/chart.png)", "chart (`/tmp/chart.png`)"],
    ['[a](/repo/a.ts "the title")', "a (`/repo/a.ts`)"],
    ["[](/repo/a.ts)", "`/repo/a.ts`"],
    ["[snake_case.py](/repo/snake_case.py:9)", "`snake_case.py:9`"],
    ["[odd](/repo/a`b.ts)", "odd (`` /repo/a`b.ts ``)"],
    ["[a](/r/a.ts) and [b](/r/b.ts)", "a (`/r/a.ts`) and b (`/r/b.ts`)"],
    ["[100%](/repo/100%.txt)", "100% (`/repo/100%.txt`)"],
  ])("%j", (text, shown) => {
    expect(withLocalFilesShown(text)).toBe(shown);
  });
});

describe("everything else stays as it is", () => {
  test.each([
    "[site](https://example.org/a.ts:12)",
    "[mail](mailto:ann@example.org)",
    "[server](//example.org/x)",
    "[below](#usage)",
    "[nothing]()",
    "[vscode](vscode://file/repo/a.ts:3)",
    "`[a](/repo/a.ts)`",
    "```md\n[a](/repo/a.ts)\n```",
    "a[0](x y)",
    "[open](/repo/a.ts",
  ])("%j", (text) => {
    expect(withLocalFilesShown(text)).toBe(text);
  });
});

test("a link between two pieces of code is shown as its file", () => {
  expect(withLocalFilesShown("`a` [b.ts](/r/b.ts) `c` [`d.ts`](/r/d.ts:2)")).toBe(
    "`a` `b.ts` `c` `d.ts:2`",
  );
});
