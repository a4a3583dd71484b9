/** What the demo prints of the chats. */
import { expect, onTestFinished, test, vi } from "vitest";
import { Terminal } from "../../demo/terminal.js";
import type { DemoEntry } from "../../demo/said.js";

const CHAT = "7";

function printed(entry: Partial<DemoEntry>): unknown[] {
  const print = vi.spyOn(console, "log").mockReturnValue();
  vi.stubEnv("NO_COLOR", "1");
  vi.stubEnv("TZ", "Asia/Kolkata");
  onTestFinished(() => {
    print.mockRestore();
    vi.unstubAllEnvs();
  });
  const terminal = new Terminal();
  terminal.name(new Map([[CHAT, "Ada"]]));
  terminal.entry({
    at: "2026-01-02T18:00:00.000Z",
    chat: CHAT,
    from: "bot",
    kind: "message",
    id: "1",
    text: "",
    buttons: [],
    files: [],
    pings: [],
    ...entry,
  });
  return print.mock.calls.flat();
}

test("a message is printed with the time by the reader's clock, who says it, and its buttons", () => {
  expect(printed({ text: "May I?\nls", buttons: ["Allow once", "Deny"] })).toEqual([
    "23:30:00 bot → Ada: May I?",
    "         ls",
    "         [Allow once] [Deny]",
  ]);
});

test("a message that changes is not printed as if it were said again", () => {
  expect(printed({ kind: "edit", text: "May I?\nAllowed." })).toEqual([
    "23:30:00 bot → Ada (changed): May I?",
    "         Allowed.",
  ]);
});
