import { describe, expect, test } from "vitest";
import { parseBindArguments, splitArguments } from "../../src/commands/arguments.js";

const parse = (typed: string): unknown => parseBindArguments(splitArguments(typed));

describe("what was typed is split", () => {
  const table: { typed: string; parts: string[]; because: string }[] = [
    { typed: "", parts: [], because: "nothing is nothing" },
    { typed: "  a \t b\nc ", parts: ["a", "b", "c"], because: "blanks of all kinds split" },
    { typed: '"a b" c', parts: ["a b", "c"], because: "double quotes keep together" },
    { typed: "'a b' c", parts: ["a b", "c"], because: "single quotes keep together" },
    { typed: "“a b” c", parts: ["a b", "c"], because: "a phone's quotes keep together" },
    { typed: "„a b“ c", parts: ["a b", "c"], because: "German quotes keep together" },
    { typed: "‘a b’ c", parts: ["a b", "c"], because: "a phone's single quotes keep together" },
    { typed: '""', parts: [""], because: "quotes around nothing are an empty part" },
    { typed: `"it's" x`, parts: ["it's", "x"], because: "other quotes inside are text" },
    { typed: '--cwd="a b"', parts: ["--cwd=a b"], because: "quotes may follow a flag's sign" },
    { typed: "—cwd /a", parts: ["--cwd", "/a"], because: "a phone's long dash starts a flag" },
    { typed: "–cwd /a", parts: ["--cwd", "/a"], because: "so does its short one" },
    { typed: "––cwd /a", parts: ["--cwd", "/a"], because: "so do two" },
    { typed: "/a–b", parts: ["/a–b"], because: "a dash inside a word is text" },
    { typed: '"—cwd"', parts: ["—cwd"], because: "a dash in quotes is text" },
    { typed: "—cwd=“a b”", parts: ["--cwd=a b"], because: "on a phone too" },
    { typed: "it's o'clock", parts: ["it's", "o'clock"], because: "an apostrophe is text" },
    { typed: "it’s o’clock", parts: ["it’s", "o’clock"], because: "a phone's apostrophe too" },
    { typed: '"open', parts: ['"open'], because: "an open quote is text" },
  ];

  test.each(table)("$because: $typed", ({ typed, parts }) => {
    expect(splitArguments(typed)).toEqual(parts);
  });
});

describe("the arguments of bind", () => {
  test.each([
    ["", {}],
    ["0199a213-81c0-7800", { threadId: "0199a213-81c0-7800" }],
    ["--cwd /project", { cwd: "/project" }],
    ["--cwd '/my project'", { cwd: "/my project" }],
    ["--cwd=/project", { cwd: "/project" }],
    ["—cwd ~/project", { cwd: "~/project" }],
    [
      "--model gpt-5.5 --provider acme thread-1",
      { model: "gpt-5.5", provider: "acme", threadId: "thread-1" },
    ],
    ["--model vendor/model:latest", { model: "vendor/model:latest" }],
  ])("%j is understood", (typed, parsed) => {
    expect(parse(typed)).toEqual(parsed);
  });

  test.each([
    "one two",
    "--cwd",
    "--cwd ''",
    "--cwd --model gpt-x",
    "--unknown x",
    "--model 'two words'",
    "--provider $(x)",
    "--model ''",
    "../thread",
    "'thread one'",
    "''",
    "-x",
    "x".repeat(101),
  ])("%j makes no sense", (typed) => {
    expect(parse(typed)).toBeUndefined();
  });
});
