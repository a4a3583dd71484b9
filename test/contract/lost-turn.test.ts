/** What the real Codex still knows of a turn after it was killed, and that its chat hears it. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { disposeCodexAppServerClients } from "../../src/app-server/client-pool.js";
import { realChat } from "../support/app-server/real-chat.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { findCodexBinary } from "../support/codex-home.js";

const DIES_AT = fileURLToPath(new URL("../support/app-server/dies-at.mjs", import.meta.url));

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await disposeCodexAppServerClients();
  await codex.dispose();
});

/** A message to a bound chat whose Codex is killed the first time that it says `text`. */
async function answerOfOneKilledAt(text: string): Promise<string | undefined> {
  const args = [
    DIES_AT,
    join(codex.workspace, "mark"),
    text,
    await findCodexBinary(),
    "app-server",
  ];
  const { say } = await realChat(codex, { mode: "yolo", command: process.execPath, args });
  return say("go");
}

test("a turn that was completed when Codex was killed has its answer delivered, and is not run again", async () => {
  codex.api.script = () => [{ do: "say", text: "All done.", phase: "final_answer" }];
  expect(await answerOfOneKilledAt('"method":"turn/completed"')).toBe("All done.");
  expect(codex.api.requests.entries).toHaveLength(1);
});

test("a turn that was killed in the middle fails, with what it had done", async () => {
  codex.api.script = () => [
    { do: "shell", command: "echo one" },
    { do: "say", text: "Half.", phase: "commentary" },
    // It runs when Codex is killed, and not for long afterwards.
    { do: "shell", command: "sleep 2; echo two" },
  ];
  const answer = await answerOfOneKilledAt("echo two");
  expect(answer).toMatch(
    /^Codex app-server turn failed: The Codex app-server (?:exited|was ended)/,
  );
  expect(answer).toMatch(
    /\n\nDone so far: 1 command \(echo one\)\.[^]*\n\nIt had said:\n\nHalf\.$/,
  );
  expect(codex.api.requests.entries).toHaveLength(2);
});
