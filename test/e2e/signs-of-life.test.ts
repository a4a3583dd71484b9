/** What counts as silence in a chat, and what it hears of silence that is something else: with a bound of seconds. */
import { afterAll, beforeAll, describe, test } from "vitest";
import { codexTraits } from "../support/codex-traits.js";
import { delegates, spawnAgent } from "../support/model-scripts.js";
import { Gate, says, type Step } from "../support/responses-api.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { IDLE, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const TALK_TIMEOUT_MS = 240_000;
const HEARD_WITHIN_MS = 120_000;

const IDLE_S = 12;
/** Longer than the bound, by a silence that a busy machine's clock does not make up for. */
const LONG_S = 2 * IDLE_S;

const DELEGATED = 6401;
const POLLING = 6402;
const ASLEEP = 6403;
const SAID = 6404;
const LEFT = 6405;
const AWAY = 6406;
const PEOPLE = [DELEGATED, POLLING, ASLEEP, SAID, LEFT, AWAY];

const BROKEN = /^The tool server broken did not start, so Codex works without its tools\./;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open(PEOPLE, [], {
    plugin: { turn: { idleTimeoutMs: IDLE_S * 1000 } },
    codexConfig: [
      "[model_providers.gone]",
      'name = "gone"',
      'base_url = "http://127.0.0.1:9/v1"',
      'wire_api = "responses"',
      "[mcp_servers.broken]",
      'command = "there-is-no-such-program"',
    ],
  });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

const hears = (after: TranscriptEntry, text: string | RegExp): Promise<TranscriptEntry> =>
  stage.replyTo(after, text, HEARD_WITHIN_MS);

/** A turn that is quiet for ever. */
const silence = (): Step => ({ do: "hold", gate: new Gate() });

describe.concurrent("a turn", { timeout: TALK_TIMEOUT_MS }, () => {
  test("whose sub-agent works for longer than the bound is not stopped", async ({ expect }) => {
    const ticks = `for i in $(seq ${LONG_S}); do echo tick $i; sleep 1; done`;
    stage.playFrom(
      "delegate counting",
      delegates(() => [says("Never asked.")]),
    );
    stage.playFrom("counting", () => [
      { do: "call", name: "exec_command", args: { cmd: ticks, yield_time_ms: 60_000 } },
      says("Counted."),
    ]);
    await stage.bind(DELEGATED);
    await hears(stage.say(DELEGATED, "delegate counting"), "The helper is done.");
    expect(stage.readChat(DELEGATED).join("\n")).not.toContain("timed out");
  });

  test("that looks at a quiet command now and then is not stopped, and the command runs to its end", async ({
    expect,
  }) => {
    const look: Step = {
      do: "call",
      name: "write_stdin",
      args: ({ toolOutputs }) => ({
        session_id: Number(/session ID (\d+)/.exec(toolOutputs.join("\n"))?.[1]),
        chars: "",
        yield_time_ms: 5000,
      }),
    };
    const cmd = `sleep ${LONG_S}; echo baked > baked.txt`;
    const looks = Array.from({ length: LONG_S / 5 + 2 }, () => look);
    stage.playWhenAsked("bake a cake", [
      { do: "call", name: "exec_command", args: { cmd, yield_time_ms: 250 } },
      ...looks,
      { do: "shell", command: "cat baked.txt" },
      says("It is baked."),
    ]);
    await stage.bind(POLLING);
    await hears(stage.say(POLLING, "bake a cake"), "It is baked.");
    expect(stage.readChat(POLLING).join("\n")).not.toContain("timed out");
  });

  test.runIf(codexTraits.modelsWithClock.length > 0)(
    "that sleeps for longer than the bound is not stopped",
    async ({ expect }) => {
      stage.playWhenAsked("look again later", [
        { do: "call", name: "sleep", args: { duration_ms: LONG_S * 1000 } },
        says("I looked again."),
      ]);
      await stage.bind(ASLEEP);
      await stage.useModel(ASLEEP, codexTraits.modelsWithClock[0] ?? "");
      await hears(stage.say(ASLEEP, "look again later"), "I looked again.");
      expect(stage.readChat(ASLEEP).join("\n")).not.toContain("timed out");
    },
  );

  test("that falls silent after its answer is stopped, and the answer is told", async ({
    expect,
  }) => {
    stage.playWhenAsked("what is the sum?", [says("The sum is 12."), silence()]);
    await stage.bind(SAID);
    const said = stage.say(SAID, "what is the sum?");
    const { text } = await hears(said, /timed out: nothing came from Codex/);
    expect(text).toMatch(/It had said:\n\nThe sum is 12\.$/);
    // The tool server that does not start is told of once, not for each turn.
    await stage.talk(SAID, "and now?");
    expect(stage.readChat(SAID).filter((line) => BROKEN.test(line.slice(5)))).toHaveLength(1);
  });

  test("that cannot reach its model says so when it is stopped", async ({ expect }) => {
    const bind = stage.say(AWAY, "/codexchat bind --provider gone");
    const prompt = await hears(bind, /^Plugin bind approval required/);
    await hears(stage.chain.telegram.person.click(prompt, "Allow once"), /^Allowed/);
    const said = stage.say(AWAY, "are you there?");
    const { text } = await hears(said, /^Codex app-server turn failed/);
    expect(text).toMatch(/Codex could not reach the model for 12 seconds, so the turn was stopped/);
    stage.readChat(AWAY);
  });

  test("leaves a sub-agent that falls silent: that is stopped, and the chat is told", async ({
    expect,
  }) => {
    stage.playFrom("hand on quietly", (request) => [
      spawnAgent(request, "quiet work"),
      says("Handed on."),
    ]);
    stage.playFrom("quiet work", () => [silence()]);
    await stage.bind(LEFT);
    const said = stage.say(LEFT, "hand on quietly");
    await hears(said, /^Handed on\.\n\n1 sub-agent is still working/);
    await hears(said, /^🤖 Sub-agent \S+ was stopped: nothing came from it for 12 seconds/);
    await stage.statusThat(LEFT, IDLE);
    await hears(stage.say(LEFT, "/codexchat stop"), "No active Codex run to stop.");
    expect(stage.readChat(LEFT).join("\n")).not.toContain("timed out");
  });
});
