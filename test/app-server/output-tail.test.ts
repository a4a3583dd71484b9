import { expect, test } from "vitest";
import { OutputTail } from "../../src/app-server/output-tail.js";

function tailOf(...chunks: Array<string | Buffer>): string {
  const tail = new OutputTail();
  for (const chunk of chunks) tail.push(Buffer.from(chunk));
  return tail.toString();
}

test("what was printed last is kept: 40 lines, 4096 characters, no colours", () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
  expect(tailOf(`${lines.join("\n")}\n`)).toBe(lines.slice(-40).join("\n"));
  expect(tailOf("x".repeat(10_000), "end")).toBe(`${"x".repeat(4_093)}end`);
  expect(tailOf("\u001B[31mred\u001B[0m\n\n")).toBe("red");
  expect(tailOf()).toBe("");
});

test("a character that is split over chunks stays whole", () => {
  const bytes = Buffer.from("né");
  expect(tailOf(bytes.subarray(0, 2), bytes.subarray(2))).toBe("né");
});
