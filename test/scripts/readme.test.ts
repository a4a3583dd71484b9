/** README.md and the pages of docs/: the parts that are made from the source, and what is checked of the others. */
import { glob, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { packedReadme } from "../../scripts/package/readme.js";
import { channelsTable } from "../../scripts/readme/channels.js";
import { CODEX_COMMANDS, codexTable } from "../../scripts/readme/codex-commands.js";
import { complaintsOfPages } from "../../scripts/readme/complaints.js";
import { linksOf } from "../../scripts/readme/markdown.js";
import { withParts } from "../../scripts/readme/markers.js";
import { settingsTable } from "../../scripts/readme/settings.js";
import { testedVersions } from "../../scripts/readme/versions.js";
import { CHANNELS } from "../../src/chat/abilities.js";

test("a part is put where its name is marked, and nothing else is touched", () => {
  const start = '[//]: # "a: made by npm run readme"';
  const end = '[//]: # "end of a"';
  const text = `# Title\n\n${start}\nold\n${end}\n\nrest\n`;
  const written = withParts(text, { a: "new" });
  expect(written).toBe(`# Title\n\n${start}\n\nnew\n\n${end}\n\nrest\n`);
  expect(withParts(written, { a: "new" })).toBe(written);
  expect(() => withParts(text, { b: "new" })).toThrow("no place is marked for: b");
});

test("the table has each setting with its values, its default and what the manifest says of it", () => {
  const schema = {
    properties: {
      turn: {
        properties: {
          waitMs: { type: "integer", default: 90_000 },
          mode: { enum: ["one", "two"], default: "one" },
        },
      },
    },
  };
  const hints = { "turn.waitMs": { help: "How long." }, "turn.mode": { help: "This | that." } };
  expect(settingsTable(schema, hints)).toBe(
    [
      "| setting       | values       | default           | meaning       |",
      "| ------------- | ------------ | ----------------- | ------------- |",
      "| `turn.waitMs` |              | `90000` (1.5 min) | How long.     |",
      "| `turn.mode`   | `one`, `two` | `one`             | This \\| that. |",
    ].join("\n"),
  );
  expect(() => settingsTable(schema, {})).toThrow("no help for turn.waitMs");
});

test("the channels stand in a table, and below it why the others' chats cannot be bound", () => {
  const { telegram, feishu, line, irc, signal, whatsapp } = CHANNELS;
  const rows = [telegram, feishu, line, irc, signal, whatsapp].filter((row) => row !== undefined);
  expect(channelsTable(rows)).toBe(
    [
      "| channel  | bind              | allow              | buttons | messages that change | files | threads |",
      "| -------- | ----------------- | ------------------ | ------- | -------------------- | ----- | ------- |",
      "| Telegram | `/codexchat bind` | OpenClaw's buttons | yes     | yes                  | yes   | yes     |",
      "| LINE     | `/codexchat bind` | `/codexchat allow` | no      | no                   | no    | no      |",
      "",
      "Not possible on:",
      "",
      "- Feishu: the channel says of commands only whether their sender may give them, not of messages.",
      "- IRC: the channel mistakes its own messages for a person's.",
      "- Signal, WhatsApp: OpenClaw does not let plugins bind chats there.",
    ].join("\n"),
  );
});

test("the versions that were tried and work are named, or those that are installed", () => {
  const works = { done: [] };
  const fails = { done: [], failed: { step: "start" as const, reason: "too old" } };
  const results = {
    measured: "2026-01-02",
    oldestCodex: "2.0.0",
    oldestOpenClaw: "3.0.0",
    currentOpenClaw: "3.1.0",
    currentCodex: "2.2.0",
    codex: [
      { version: "1.0.0", smoke: fails },
      { version: "2.0.0", smoke: works },
      { version: "2.2.0", smoke: works },
    ],
    openClaw: [{ version: "3.1.0", smoke: works }],
  };
  const installed = { openClaw: "3.1.0", codex: "2.2.0" };
  expect(testedVersions(results, installed)).toBe(
    "[Tested](docs/compatibility.md) with OpenClaw 3.1.0 and Codex 2.0.0 to 2.2.0.",
  );
  expect(testedVersions(undefined, installed)).toBe("Tested with OpenClaw 3.1.0 and Codex 2.2.0.");
});

/** What is complained of where README.md is this, and these are the other pages. */
const complaintsOf = (readme: string, others: Record<string, string> = {}): string[] =>
  complaintsOfPages({
    pages: new Map([["README.md", readme], ...Object.entries(others)]),
    files: new Set(["LICENSE", "docs/chat.svg"]),
    usages: [],
  });

test.each([
  ["[a](docs/a.md)", "README.md links to docs/a.md, which is not there."],
  ["![a](docs/a.svg)", "README.md links to docs/a.svg, which is not there."],
  ["[a](docs/b.md#no-such)", "README.md links to docs/b.md#no-such, which is not there."],
  ["[a](#no-such)", "README.md links to #no-such, which is not there."],
])("a link that leads nowhere is complained of: %s", (text, complaint) => {
  expect(complaintsOf(text, { "docs/b.md": "# B" })).toEqual([complaint]);
});

test("links to files, headings and the web, and what only looks like a link, are not complained of", () => {
  const readme =
    "# The Title\n\n[a](LICENSE) ![b](docs/chat.svg) [c](#the-title) [d](docs/b.md#say-yes)";
  const page =
    "# B\n\n## Say `yes`!\n\n[a](../README.md#the-title) [b](https://example.org/x) `[c](d)`";
  expect(complaintsOf(readme, { "docs/b.md": page })).toEqual([]);
});

test("a paragraph over two lines is complained of in what users read, and elsewhere not", () => {
  const text =
    "One line\nand another.\n\n- An entry\n  over two.\n- Another.\n\n| a |\n| b |\n\n    code\n    code";
  expect(complaintsOf(text, { "docs/architecture.md": text })).toEqual([
    "README.md breaks a paragraph after: One line",
    "README.md breaks a paragraph after: - An entry",
  ]);
});

test("a README that has grown long, and a command without a row, are complained of", () => {
  const pages = new Map([
    ["README.md", "\n".repeat(110) + "end"],
    ["docs/commands.md", "| `/codexchat stop [all\\|one]` | stops |"],
  ]);
  const usages = ["/codexchat stop [all|one]", "/codexchat go"];
  expect(complaintsOfPages({ pages, files: new Set(), usages })).toEqual([
    "README.md has 111 lines; 110 are enough. Move something to docs/.",
    "docs/commands.md has no row for: /codexchat go",
  ]);
});

test("the packed README has its picture in itself, and names the repository's files instead of linking to them", () => {
  const readme =
    "![A chat](docs/chat.svg)\n\n[Commands](docs/commands.md), a [glossary](docs/usage.md#glossary), [the web](https://example.org)";
  const packed = packedReadme(readme, Buffer.from("<svg/>"));
  expect(packed).toBe(
    "![A chat](data:image/svg+xml;base64,PHN2Zy8+)\n\nCommands (`docs/commands.md`), a glossary (`docs/usage.md`), [the web](https://example.org)",
  );
});

test("no link or picture of the packed README leads out of it, except into the web", async () => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const links = linksOf(packedReadme(readme, Buffer.from("<svg/>")));
  expect(links.filter((link) => !/^(?:https:|data:image)/.test(link))).toEqual([]);
});

test("what the page about troubles says that a chat says, something in the source does say", async () => {
  const page = await readFile(new URL("../../docs/troubleshooting.md", import.meta.url), "utf8");
  const messages = Array.from(page.matchAll(/^\| `([^`]+)`/gm), ([, message = ""]) => message);
  expect(messages.length).toBeGreaterThan(15);
  let said = "";
  for await (const file of glob("src/**/*.ts")) said += await readFile(file, "utf8");
  expect(messages.filter((message) => !said.includes(message))).toEqual([]);
});

test("each of Codex's own commands has one row, and those that only a chat has are named below", () => {
  const names = CODEX_COMMANDS.map(({ codex }) => codex);
  expect(new Set(names).size).toBe(names.length);
  const [table = "", below = ""] = codexTable().split("\n\n");
  expect(table.split("\n").length).toBe(names.length + 2);
  expect(table).toMatch(/^\| `\/diff` +\| `diff` +\| +\|$/m);
  expect(table).toMatch(/^\| `\/vim` +\| – +\| changes the terminal's own screen or keys +\|$/m);
  expect(below).toMatch(/^Only in a chat: .*`steer`/);
  expect(below).not.toContain("`diff`");
});
