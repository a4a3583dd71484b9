import { expect, test } from "vitest";
import { LineDecoder } from "../../src/app-server/line-decoder.js";

function decode(chunks: Iterable<string | Buffer>, maxLength = 1_000) {
  const lines: string[] = [];
  let oversized = 0;
  const decoder = new LineDecoder(
    maxLength,
    (line) => lines.push(line),
    () => (oversized += 1),
  );
  for (const chunk of chunks) decoder.push(Buffer.from(chunk));
  return { lines, oversized };
}

test("lines are cut at LF alone: U+2028, U+2029 and a lone CR are content", () => {
  const line = '{"text":"a\u2028b\u2029c\rd\u0085e"}';
  expect(decode([`${line}\n${line}\n`]).lines).toEqual([line, line]);
});

test("CRLF ends a line too, and blank lines are none", () => {
  expect(decode(["one\r\n\r\n\ntwo\n"]).lines).toEqual(["one", "two"]);
});

test("a line is whole wherever its bytes are split", () => {
  const text = '{"text":"aé\u2028😀"}\r\nsecond\n';
  const bytes = Buffer.from(text);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(decode([bytes.subarray(0, cut), bytes.subarray(cut)]).lines).toEqual([
      '{"text":"aé\u2028😀"}',
      "second",
    ]);
  }
  expect(decode(Array.from(bytes, (byte) => Buffer.of(byte))).lines).toHaveLength(2);
});

test("a line without its end is not given out", () => {
  expect(decode(["whole\nhal"]).lines).toEqual(["whole"]);
});

test("a line of just the limit passes; a longer one is reported once, and the next is whole again", () => {
  const limit = "x".repeat(10);
  expect(decode([`${limit}\n`], 10)).toEqual({ lines: [limit], oversized: 0 });
  for (const chunks of [
    [`${limit}y\nnext\n`],
    [limit, "y", limit, limit, "\nnext\n"],
    [limit, "y\n", "next\n"],
  ]) {
    expect(decode(chunks, 10)).toEqual({ lines: ["next"], oversized: 1 });
  }
});

test("of a line that is too long no more is kept than the limit", () => {
  const chunk = Buffer.alloc(1024 * 1024, "x");
  const { lines, oversized } = decode(
    (function* () {
      for (let mebibyte = 0; mebibyte < 600; mebibyte += 1) yield chunk;
      yield Buffer.from("\nnext\n");
    })(),
    chunk.length,
  );
  // 600 MiB would also be more than a string can hold.
  expect({ lines, oversized }).toEqual({ lines: ["next"], oversized: 1 });
});

test("a long line is whole after 200,000 chunks", () => {
  const pieces = 200_000;
  const chunk = Buffer.from("0123456789");
  const { lines } = decode(
    (function* () {
      for (let piece = 0; piece < pieces; piece += 1) yield chunk;
      yield Buffer.from("\n");
    })(),
    pieces * chunk.length,
  );
  expect(lines.map(({ length }) => length)).toEqual([pieces * chunk.length]);
});
