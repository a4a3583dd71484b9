/** The parts of README.md that are made from the source. */
import { glob, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { channelsTable } from "../../scripts/readme/channels.js";
import { withParts } from "../../scripts/readme/markers.js";
import { settingsTable } from "../../scripts/readme/settings.js";
import { testedVersions } from "../../scripts/readme/versions.js";
import { CHANNELS } from "../../src/chat/abilities.js";
import { COMMANDS } from "../../src/words/command-list.js";

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
  const { telegram, line, irc, signal, whatsapp } = CHANNELS;
  const rows = [telegram, line, irc, signal, whatsapp].filter((row) => row !== undefined);
  expect(channelsTable(rows)).toBe(
    [
      "| channel          | bind              | allow              | buttons | messages that change | files | threads |",
      "| ---------------- | ----------------- | ------------------ | ------- | -------------------- | ----- | ------- |",
      "| Telegram         | `/codexchat bind` | OpenClaw's buttons | yes     | yes                  | yes   | yes     |",
      "| LINE (not tried) | `/codexchat bind` | `/codexchat allow` | no      | no                   | yes   | no      |",
      "",
      "Not:",
      "",
      "- IRC: the channel takes its own messages for a person's.",
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

test("README.md has a row for each command, written as in the help", async () => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const rows = Object.values(COMMANDS).map(({ usage }) => `| \`${usage.replaceAll("|", "\\|")}\` `);
  expect(rows.filter((row) => !readme.includes(row))).toEqual([]);
});

test("what README says that a chat says, something in the source does say", async () => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const section = /## When something is wrong\n([^]*?)\n## /.exec(readme)?.[1] ?? "";
  const messages = Array.from(section.matchAll(/^\| `([^`]+)`/gm), ([, message = ""]) => message);
  expect(messages.length).toBeGreaterThan(15);
  let said = "";
  for await (const file of glob("src/**/*.ts")) said += await readFile(file, "utf8");
  expect(messages.filter((message) => !said.includes(message))).toEqual([]);
});
