/** The short way for a delta: it must read what JSON.parse reads, or leave it. */
import { describe, expect, test } from "vitest";
import { readDeltaLine } from "../../src/app-server/delta-line.js";

const PARAMS = {
  threadId: "01a20413-3df0-7ee1-a9b9-d8b8dc056dd8",
  turnId: "01a20413-3e12-70f2-95c6-f1ceadbff80c",
  itemId: "m2",
  delta: "Hello",
};
const METHOD = "item/agentMessage/delta";

function lineOf(params: Record<string, unknown> = PARAMS, more: Record<string, unknown> = {}) {
  return JSON.stringify({ method: METHOD, params, ...more });
}

describe("what Codex sends", () => {
  test.each([
    { what: "as 0.169 sends it", more: { emittedAtMs: 1_795_364_699_765 } },
    { what: "by the schema, without a time", more: {} },
  ])("is read in full: $what", ({ more }) => {
    expect(readDeltaLine(lineOf(PARAMS, more))).toEqual({ method: METHOD, params: PARAMS });
  });

  test.each([
    "",
    " ",
    "ünï 😀",
    "\u2028",
    "}",
    '{"',
    "a long one, longer than a short string is",
    "\uD83D",
  ])("may say anything: %o", (delta) => {
    const line = lineOf({ ...PARAMS, delta }, { emittedAtMs: 1 });
    const whole: unknown = JSON.parse(line);
    const read = readDeltaLine(line);
    // Where something is escaped it is left to JSON.parse.
    expect(line.includes("\\") ? whole : { ...read, emittedAtMs: 1 }).toEqual(whole);
  });
});

describe("it is left to JSON.parse", () => {
  test.each([
    { condition: "another method", line: lineOf().replace("delta", "started") },
    { condition: "an escape in the delta", line: lineOf({ ...PARAMS, delta: 'say "hi"' }) },
    { condition: "an escape in an id", line: lineOf({ ...PARAMS, itemId: "a\\b" }) },
    { condition: "a field more", line: lineOf({ ...PARAMS, more: 1 }) },
    { condition: "a field of the message more", line: lineOf(PARAMS, { jsonrpc: "2.0" }) },
    { condition: "a field less", line: lineOf({ threadId: "t", turnId: "u", delta: "x" }) },
    {
      condition: "another order",
      line: lineOf({ delta: "x", threadId: "t", turnId: "u", itemId: "m" }),
    },
    { condition: "an id that is no text", line: lineOf({ ...PARAMS, turnId: 7 }) },
    { condition: "a delta that is none", line: lineOf({ ...PARAMS, delta: null }) },
    { condition: "a request", line: lineOf(PARAMS, { id: 0 }) },
    { condition: "the beginning only", line: lineOf().slice(0, 60) },
    { condition: "no end", line: lineOf().slice(0, -2) },
    { condition: "something after the end", line: `${lineOf()}x` },
    { condition: "blanks", line: JSON.stringify({ method: METHOD, params: PARAMS }, undefined, 1) },
    { condition: "nothing", line: "" },
  ])("where it has $condition", ({ line }) => {
    expect(readDeltaLine(line)).toBeUndefined();
  });

  test("however a line is cut or one of its characters changed, or it reads the same", () => {
    const line = lineOf(PARAMS, { emittedAtMs: 17 });
    const read: unknown[] = [];
    const parsed: unknown[] = [];
    for (let at = 0; at < line.length; at += 1) {
      for (const changed of [
        line.slice(0, at),
        `${line.slice(0, at)}"${line.slice(at + 1)}`,
        `${line.slice(0, at)}x${line.slice(at + 1)}`,
      ]) {
        const delta = readDeltaLine(changed);
        if (delta === undefined) continue;
        read.push(delta);
        parsed.push(JSON.parse(changed));
      }
    }
    expect(read.length).toBeGreaterThan(100);
    expect(parsed).toMatchObject(read);
  });
});

test("a control character, which JSON does not allow, is refused as JSON.parse refuses it", () => {
  const line = lineOf().replace("Hello", "He\tlo");
  expect(() => readDeltaLine(line)).toThrow(SyntaxError);
  expect(() => JSON.parse(line) as unknown).toThrow(SyntaxError);
});
