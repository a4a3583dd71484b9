import { describe, expect, onTestFinished, test, vi } from "vitest";
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

function saidIn(start: string): OutputTail {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const tail = new OutputTail();
  tail.push(Buffer.from(start));
  return tail;
}

describe("the last words of a process", () => {
  const LOGGED =
    "2026-11-26T20:00:00.000000Z ERROR codex_app_server: could not find bubblewrap on PATH\n";

  test("are all that it said where it ended in its start", () => {
    expect(saidIn("cannot read config.toml").lastWords()).toBe("cannot read config.toml");
  });

  test("are not those of its start once it was asked for something", () => {
    const tail = saidIn(LOGGED);
    tail.begin();
    expect(tail.lastWords()).toBe("");
    tail.push(Buffer.from("thread 'main' panicked at src/main.rs:1:2\n"));
    expect(tail.lastWords()).toBe("thread 'main' panicked at src/main.rs:1:2");
  });

  test("are nothing that its log tells of the turns of other chats, however many lines that has", () => {
    const tail = saidIn("");
    tail.begin();
    const failed = "ERROR codex_core::tools::router: error=exec_command failed: `cat plans.txt";
    tail.push(Buffer.from(`2026-11-26T20:00:00.0Z ${failed}\nmore of the command\` rejected\n`));
    expect(tail.lastWords()).toBe("");
    tail.push(Buffer.from("thread 'main' panicked at src/main.rs:1:2\nout of memory\n"));
    expect(tail.lastWords()).toBe("thread 'main' panicked at src/main.rs:1:2\nout of memory");
  });

  test("are what it said just before its end, short, without what its log tells of other things", () => {
    const tail = saidIn("");
    tail.begin();
    tail.push(Buffer.from("error: an hour ago\n"));
    vi.advanceTimersByTime(3_600_000);
    expect(tail.lastWords()).toBe("");
    tail.push(Buffer.from("2026-11-26T20:00:00.0Z  WARN codex_core: slow\nfatal: "));
    tail.push(Buffer.from(`${"x".repeat(400)}\n`));
    expect(tail.lastWords()).toBe(`fatal: ${"x".repeat(293)}…`);
  });
});
