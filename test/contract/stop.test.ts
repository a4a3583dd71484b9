/** What a stop leaves of a turn's commands on the real Codex. */
import { openThreadSession } from "../../src/thread/sessions.js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isUnknownMethod } from "../../src/app-server/errors.js";
import { followTurn } from "../../src/thread/turn-follow.js";
import { findTurn, itemsOf } from "../../src/thread/turn-record.js";
import { createTurnWork } from "../../src/thread/turn-work.js";
import { RealCodex, type CodexUser } from "../support/app-server/real-codex.js";
import { endlessCommand } from "../support/app-server/endless-command.js";
import { codexTraits } from "../support/codex-traits.js";
import { failureOf } from "../support/failure.js";
import { asArray, asObject, asString } from "../support/wire-guards.js";

const HOUR = 3_600_000;

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await codex.dispose();
});

/** Gives the thread a turn that runs these commands; `stop` is the person's. */
function runTurn(user: CodexUser, threadId: string, commands: string[]) {
  codex.api.script = () => commands.map((command) => ({ do: "shell", command }));
  const person = new AbortController();
  const work = createTurnWork();
  const held = Promise.withResolvers<unknown>();
  const session = openThreadSession(user.client, threadId, `/state/${threadId}`);
  const failure = failureOf(
    followTurn({
      session,
      requestTimeoutMs: 60_000,
      limits: { idleTimeoutMs: HOUR, maxDurationMs: HOUR },
      slot: { holdUntil: held.resolve },
      begin: (view) => session.begin(view, () => user.startTurn(threadId, "go")),
      stopped: person.signal,
      work,
    }),
  );
  return { failure, work, stop: () => person.abort(), held: held.promise };
}

test("an interrupted turn's command runs on, and a stop ends it with all that it has started", async () => {
  const user = await codex.start();
  const threadId = await user.startThread();
  const left = await endlessCommand(codex.workspace, "left");
  const earlier = runTurn(user, threadId, [left.command]);
  await left.running(user);
  const { turnId } = await user.hears("item/started");
  // Somebody else's interruption.
  await user.request("turn/interrupt", { threadId, turnId });
  expect(await earlier.failure).toMatchObject({ name: "CodexTurnInterruptedError" });
  codex.api.script = ({ said }) => [{ do: "say", text: said }];
  await user.runTurn(threadId, "a word");

  const mine = await endlessCommand(codex.workspace, "mine");
  const turn = runTurn(user, threadId, [mine.command]);
  await mine.running(user);
  turn.stop();
  expect(await turn.failure).toMatchObject({ name: "CodexTurnInterruptedError" });
  await turn.held;
  await mine.ended;
  expect(turn.work.done()).toMatchObject({ commands: 0, unfinished: mine.command });
  // What an earlier turn left running is not this turn's to end.
  const listed = user.request("thread/backgroundTerminals/list", { threadId }).then(
    ({ data }) => asArray(data).map((terminal) => asObject(terminal)["command"]),
    (error: unknown) => (isUnknownMethod(error) ? "not listed" : error),
  );
  expect(await listed).toEqual(codexTraits.endsSingleCommands ? [left.command] : "not listed");

  await user.request("thread/backgroundTerminals/clean", { threadId });
  await left.ended;
});

test("what a turn did stands in its notifications and in its record", async () => {
  const user = await codex.start();
  const threadId = await user.startThread();
  const { command, running, ended } = await endlessCommand(codex.workspace, "pipe");
  const patch = "*** Begin Patch\n*** Add File: new.ts\n+one\n*** End Patch";
  const turn = runTurn(user, threadId, [
    `apply_patch <<'EOF'\n${patch}\nEOF`,
    "echo 'it is' one",
    command,
  ]);
  await running(user);
  turn.stop();
  await turn.failure;
  await turn.held;
  await ended;
  const told = {
    commands: 1,
    lastCommand: "echo 'it is' one",
    files: [expect.stringMatching(/new\.ts$/)],
  };
  expect(turn.work.done()).toEqual({ ...told, said: "", unfinished: command });

  const { turnId } = await user.hears("item/started");
  const record = await findTurn(user.client, threadId, { turnId: asString(turnId) }, 60_000);
  const work = createTurnWork();
  work.readRecord(itemsOf(record ?? {}));
  expect(work.done()).toMatchObject({
    files: codexTraits.recordsFileChanges ? turn.work.done().files : [],
  });
});
