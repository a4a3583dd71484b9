/** What the real Codex's record of a turn says of the files that it changed. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isBeforeFirstTurn } from "../../src/app-server/errors.js";
import { diffOfTurn } from "../../src/thread/turn-diff.js";
import { hasEnded, recentTurns } from "../../src/thread/turn-record.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import { failureOf } from "../support/failure.js";
import { Gate } from "../support/responses-api.js";
import { asObject, asString } from "../support/wire-guards.js";

const TIMEOUT_MS = 60_000;

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await codex.dispose();
});

function patch(body: string) {
  const command = `apply_patch <<'EOF'\n*** Begin Patch\n${body}\n*** End Patch\nEOF`;
  return { do: "shell" as const, command };
}

const DIFF = expect.objectContaining({
  files: expect.arrayContaining(["gone.txt", "moved.txt", "new.txt"]),
  added: 2,
  removed: 2,
  text: expect.stringContaining(
    [
      "diff --git a/old.txt b/moved.txt",
      "rename from old.txt",
      "rename to moved.txt",
      "--- a/old.txt",
      "+++ b/moved.txt",
      "@@ -1,2 +1,2 @@",
      " one",
      "-two",
      "+2",
      "",
    ].join("\n"),
  ),
});

test("the patches of the turn that runs are in it, what shell commands did and what failed is not", async () => {
  await writeFile(join(codex.workspace, "old.txt"), "one\ntwo\n");
  await writeFile(join(codex.workspace, "gone.txt"), "bye\n");
  const gate = new Gate();
  codex.api.script = () => [
    patch("*** Add File: new.txt\n+hello\n*** Delete File: gone.txt"),
    patch("*** Update File: old.txt\n*** Move to: moved.txt\n@@\n one\n-two\n+2"),
    patch("*** Update File: nowhere.txt\n@@\n-a\n+b"),
    { do: "shell", command: "echo by hand > shell.txt; echo written" },
    { do: "hold", gate },
    { do: "say", text: "done", phase: "final_answer" },
  ];
  const user = await codex.start();
  const settings = { sandbox: "danger-full-access", approvalPolicy: "never" };
  const { thread } = await user.request("thread/start", { cwd: codex.workspace, ...settings });
  const threadId = asString(asObject(thread)["id"]);
  expect(isBeforeFirstTurn(await failureOf(recentTurns(user.client, threadId, TIMEOUT_MS)))).toBe(
    true,
  );

  const turnId = await user.startTurn(threadId, "edit");
  await codex.api.requests.waitFor(
    ({ toolOutputs }) => toolOutputs.at(-1)?.includes("written") ?? false,
  );
  const diffNow = async () => {
    const [turn = {}] = await recentTurns(user.client, threadId, TIMEOUT_MS);
    return { ended: hasEnded(turn), diff: diffOfTurn(turn, codex.workspace) };
  };
  const running = await diffNow();
  expect(running).toEqual({
    ended: false,
    diff: codexTraits.recordsFileChanges ? DIFF : undefined,
  });

  gate.open();
  await user.hears("turn/completed", turnId);
  expect(await diffNow()).toEqual({ ended: true, diff: running.diff });
  // Of a thread that this process has not loaded, too.
  const other = await codex.start();
  const [turn = {}] = await recentTurns(other.client, threadId, TIMEOUT_MS);
  expect(diffOfTurn(turn, codex.workspace)).toEqual(running.diff);
});
