import { expect, test } from "vitest";
import { longFiles, plainRequests, upwardImports } from "../../scripts/room-rules.js";

test.each([
  { file: "thread/turn.ts", text: 'import { turnWords } from "../words/turn-words.js";' },
  { file: "thread/turn.ts", text: 'import type { A } from "../questions/asking.js";' },
  { file: "commands/bind.ts", text: 'export { a } from "../conversation-binding.js";' },
  { file: "app-server/client.ts", text: 'const a = await import("../host/state.js");' },
])("an import from a room above is told: $file, $text", ({ file, text }) => {
  expect(upwardImports([{ file, text }])).toEqual([
    expect.stringMatching(/^src\/.* imports .*, which is in a room above it$/),
  ]);
});

test.each([
  { file: "messages/answer.ts", text: 'import { a } from "../thread/turn.js";' },
  { file: "thread/turn.ts", text: 'import { a } from "./thread.js";' },
  { file: "words/queue-words.ts", text: 'import type { A } from "../messages/queue.js";' },
  { file: "index.ts", text: 'import { a } from "./commands/bind.js";' },
  { file: "conversation-control.ts", text: 'export * from "./messages/control.js";' },
  { file: "app-server/handshake.ts", text: 'import a from "../../package.json";' },
])(
  "an import from the same room or one below is none of its business: $file, $text",
  ({ file, text }) => {
    expect(upwardImports([{ file, text }])).toEqual([]);
  },
);

test("a request to Codex past the table of methods is told", () => {
  const text = 'await client.request("turn/start", {}, options);';
  expect(plainRequests([{ file: "thread/turn.ts", text }])).toEqual([
    "src/thread/turn.ts sends a request past the table in app-server/methods.ts",
  ]);
  expect(plainRequests([{ file: "app-server/methods.ts", text }])).toEqual([]);
  const through = "await callCodex(client, METHODS.startTurn, params, options);";
  expect(plainRequests([{ file: "thread/turn.ts", text: through }])).toEqual([]);
});

test("a file of more than 350 lines is told", () => {
  const text = "a\n".repeat(350);
  expect(longFiles([{ file: "index.ts", text }])).toEqual([]);
  expect(longFiles([{ file: "index.ts", text: `${text}a\n` }])).toEqual([
    "src/index.ts has 351 lines; 350 are the most",
  ]);
});
