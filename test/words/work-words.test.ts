import { expect, test } from "vitest";
import { workInWords } from "../../src/words/work-words.js";

const NOTHING = { commands: 0, lastCommand: undefined, files: [], unfinished: undefined };

test.each([
  { done: {}, says: "" },
  { done: { commands: 1, lastCommand: "ls" }, says: "Done so far: 1 command (ls)." },
  { done: { commands: 2, lastCommand: "" }, says: "Done so far: 2 commands." },
  {
    done: { commands: 3, lastCommand: "npm test", files: ["/repo/src/a.ts", "/repo/b.ts"] },
    says: "Done so far: 3 commands (last: npm test), 2 files changed (a.ts, b.ts).",
  },
  {
    done: { files: ["/repo/x/index.ts", "/repo/y/index.ts"] },
    says: "Done so far: 2 files changed (x/index.ts, y/index.ts).",
  },
  { done: { files: ["C:\\repo\\a.ts"] }, says: "Done so far: 1 file changed (a.ts)." },
  {
    done: { files: ["1", "2", "3", "4", "5", "6", "7"] },
    says: "Done so far: 7 files changed (1, 2, 3, 4, 5 and 2 more).",
  },
  { done: { unfinished: "sleep 300" }, says: "Interrupted: sleep 300" },
  {
    done: { commands: 1, lastCommand: "ls", unfinished: "sleep 300" },
    says: "Done so far: 1 command (ls). Interrupted: sleep 300",
  },
])("$says", ({ done, says }) => {
  expect(workInWords({ ...NOTHING, ...done }).replaceAll("\u2060", "")).toBe(says);
});

test("long commands are told by their beginning", () => {
  const long = "x".repeat(500);
  const text = workInWords({ ...NOTHING, commands: 1, lastCommand: long, unfinished: long });
  expect(text.length).toBeLessThan(200);
});
