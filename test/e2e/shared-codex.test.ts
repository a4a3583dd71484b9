/** A gateway whose Codex is an app-server behind a WebSocket, which a terminal uses too, and which outlives the gateway. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CodexServerRequest, JsonValue } from "../../src/app-server/protocol.js";
import { endlessCommand } from "../support/app-server/endless-command.js";
import { RealCodex, type CodexUser } from "../support/app-server/real-codex.js";
import { CuttableLine } from "../support/cuttable-line.js";
import { Journal } from "../support/journal.js";
import { findFreePort } from "../support/loopback-server.js";
import { isGoalTurn, pursuesGoal, completesGoal } from "../support/model-scripts.js";
import { Gate, says } from "../support/responses-api.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { asObject, asString } from "../support/wire-guards.js";
import { answerTo, boundLines, Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const TALK_TIMEOUT_MS = 240_000;
const HEARD_WITHIN_MS = 120_000;

const TOKEN = "a-token-of-this-test";
const APPROVAL = "item/commandExecution/requestApproval";

const LATE = 6601;
const WATCHING = 6602;
const WAITING = 6603;
const CUT = 6604;
const KILLED = 6605;
const GOAL = 6606;
const HELD_UP = 6607;
const HURRIED = 6608;
const CROSSED = 6609;
const SETTLED = 6610;
const QUIET = 6611;
const LOOKING_ON = 6612;
const PEOPLE = [
  LATE,
  WATCHING,
  WAITING,
  CUT,
  KILLED,
  GOAL,
  HELD_UP,
  HURRIED,
  CROSSED,
  SETTLED,
  QUIET,
  LOOKING_ON,
];

let stage: Stage;
let codex: RealCodex;
let line: CuttableLine;
let terminal: CodexUser;
let appServer: { transport: string; url: string; authToken: string };
/** What Codex asks the terminal; each question waits for `sayYes`. */
const questions = new Journal<CodexServerRequest>("what the terminal is asked", (asked) =>
  JSON.stringify(asked),
);
const answers = new Map<string, PromiseWithResolvers<JsonValue>>();

beforeAll(async () => {
  const port = await findFreePort();
  line = await CuttableLine.to(port);
  appServer = { transport: "websocket", url: `ws://127.0.0.1:${line.port}`, authToken: TOKEN };
  stage = await Stage.open(PEOPLE, [], { plugin: { progress: "brief", appServer } });
  codex = await RealCodex.beside(stage.chain);
  terminal = await codex.dial(await codex.listen(TOKEN, port), TOKEN);
  terminal.client.addRequestHandler((request) => {
    const answer = Promise.withResolvers<JsonValue>();
    answers.set(asString(asObject(request.params)["threadId"]), answer);
    questions.append(request);
    return answer.promise;
  });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await codex?.dispose();
  await line?.stop();
}, START_TIMEOUT_MS);

const hears = (after: TranscriptEntry, text: string | RegExp): Promise<TranscriptEntry> =>
  stage.replyTo(after, text, HEARD_WITHIN_MS);

const sayYes = (threadId: string): void => answers.get(threadId)?.resolve({ decision: "accept" });

/** The terminal is asked about something on that thread. */
const isAsked = (threadId: string): Promise<CodexServerRequest> =>
  questions.waitFor(
    ({ method, params }) => method === APPROVAL && asObject(params)["threadId"] === threadId,
  );

/** A thread of the terminal's, with a history. */
async function terminalThread(): Promise<string> {
  const threadId = await terminal.startThread({
    sandbox: "read-only",
    approvalPolicy: "on-request",
  });
  await terminal.runTurn(threadId, "hello from the terminal");
  return threadId;
}

async function bindTo(chat: number, threadId: string): Promise<void> {
  const prompt = await hears(
    stage.say(chat, `/codexchat bind ${threadId}`),
    /^Plugin bind approval required/,
  );
  await hears(stage.chain.telegram.person.click(prompt, "Allow once"), /^Allowed/);
}

/** The bot's messages that are no notes about what waits or runs. */
const answersIn = (chat: number): string[] =>
  stage
    .readChat(chat)
    .slice(boundLines().length)
    .filter((text) => !/^bot: (?:Queued behind|Now running|No longer queued|⏳|⌛)/.test(text));

describe.concurrent("beside a terminal", { timeout: TALK_TIMEOUT_MS }, () => {
  test("a chat that is bound while the terminal has a question open does not touch it, and hears the answer", async () => {
    const threadId = await terminalThread();
    stage.playWhenAsked("sweep the floor", [
      { do: "shell", command: "echo swept > swept.txt", justification: "It is dusty" },
      says("The floor is swept."),
    ]);
    const turnId = await terminal.startTurn(threadId, "sweep the floor");
    await isAsked(threadId);
    await bindTo(LATE, threadId);
    const status = await stage.statusThat(LATE, /A turn is running/);
    expect(status.text).not.toMatch(/waits for an answer/);
    const { thread } = await terminal.request("thread/read", { threadId });
    expect(asObject(asObject(thread)["status"])["activeFlags"]).toEqual(["waitingOnApproval"]);
    sayYes(threadId);
    await terminal.hears("turn/completed", turnId);
    await hears(status, "💻 From another Codex window on this thread:\n\nThe floor is swept.");
    expect(stage.readChat(LATE).filter((text) => text.includes("❓"))).toEqual([]);
  });

  test("a chat that does not follow hears nothing of a terminal's turns, until it follows again", async () => {
    const threadId = await terminalThread();
    await bindTo(QUIET, threadId);
    await hears(stage.say(QUIET, "good evening"), answerTo("good evening"));
    await hears(
      stage.say(QUIET, "/codexchat follow off"),
      /^Turns that a terminal or an editor starts on this thread are not shown/,
    );
    await terminal.runTurn(threadId, "for the terminal alone");
    // Its own messages are answered as before, after whatever the terminal's turn would have told.
    await hears(stage.say(QUIET, "still there?"), answerTo("still there?"));
    const on = stage.say(QUIET, "/codexchat follow on");
    await hears(on, /^If a terminal or an editor starts a turn/);
    await terminal.runTurn(threadId, "for both");
    await hears(on, `💻 From another Codex window on this thread:\n\n${answerTo("for both")}`);
    expect(stage.readChat(QUIET).join("\n")).not.toContain("for the terminal alone");
  });

  test("a chat is told when a terminal's thread is done, without taking it", async () => {
    const threadId = await terminalThread();
    const gate = stage.holdTurnsAsked("a long haul");
    const turnId = await terminal.startTurn(threadId, "a long haul");
    await stage.chain.model.requests.waitFor(({ said }) => said === "a long haul");
    const asked = stage.say(LOOKING_ON, `/codexchat watch ${threadId}`);
    await hears(asked, /^You will be told when .* is done\./);
    gate.open();
    await terminal.hears("turn/completed", turnId);
    const told = await hears(asked, /^👀 .* is done\./);
    expect(told.text).toContain(`/codexchat resume ${threadId}`);
    await hears(
      stage.say(LOOKING_ON, `/codexchat watch ${threadId}`),
      /^Nothing runs on .*, as far as this Codex knows\./,
    );
    await hears(stage.say(LOOKING_ON, "/codexchat status"), /^This chat is not bound to Codex/);
  });

  test("what a terminal's turn asks on a bound thread is the terminal's to answer; the chat hears the answer", async () => {
    const threadId = await terminalThread();
    await bindTo(WATCHING, threadId);
    const first = stage.say(WATCHING, "good morning");
    await hears(first, answerTo("good morning"));
    stage.playWhenAsked("wash the car", [
      { do: "shell", command: "echo washed > washed.txt", justification: "It is muddy" },
      says("The car is washed."),
    ]);
    const turnId = await terminal.startTurn(threadId, "wash the car");
    await isAsked(threadId);
    const status = await stage.statusThat(WATCHING, /A turn is running/);
    sayYes(threadId);
    const { turn } = await terminal.hears("turn/completed", turnId);
    expect(turn).toMatchObject({ status: "completed" });
    await hears(status, "💻 From another Codex window on this thread:\n\nThe car is washed.");
    expect(stage.readChat(WATCHING).filter((text) => text.includes("❓"))).toEqual([]);
  });

  test("what a chat is asked and the terminal answers is said to have been answered elsewhere", async () => {
    stage.playWhenAsked("cut the hedge", [
      { do: "shell", command: "echo cut > ../hedge.txt", justification: "It is high" },
      says("The hedge is cut."),
    ]);
    await stage.bind(SETTLED);
    await hears(stage.say(SETTLED, "good evening"), answerTo("good evening"));
    const threadId = stage.requestsWith("good evening")[0]?.threadId ?? "";
    await terminal.request("thread/resume", { threadId, excludeTurns: true });
    const said = stage.say(SETTLED, "cut the hedge");
    await stage.questionAfter(said, HEARD_WITHIN_MS);
    await isAsked(threadId);
    sayYes(threadId);
    await hears(said, "The hedge is cut.");
    await hears(said, /hedge\.txt[^]*➡️ Answered elsewhere, or withdrawn by Codex\.$/);
    expect(stage.readChat(SETTLED).join("\n")).not.toContain("nobody answered");
  });

  test("a message during a terminal's turn says that it waits, and has its own turn after that", async () => {
    const threadId = await terminalThread();
    await bindTo(WAITING, threadId);
    const gate = new Gate();
    stage.playWhenAsked("dig a hole", [{ do: "hold", gate }, says("The hole is dug.")]);
    await terminal.startTurn(threadId, "dig a hole");
    await stage.chain.model.waitForRequest(/^dig a hole$/);
    await stage.statusThat(WAITING, /A turn is running/);
    const said = stage.say(WAITING, "plant a tree");
    await hears(said, /^Queued behind the running turn/);
    gate.open();
    await hears(said, answerTo("plant a tree"));
    const [request] = stage.requestsWith("plant a tree");
    expect(request?.history.slice(-2)).toEqual(["dig a hole", "plant a tree"]);
    expect(answersIn(WAITING).slice(-2)).toEqual([
      "bot: 💻 From another Codex window on this thread:\n\nThe hole is dug.",
      `bot: ${answerTo("plant a tree")}`,
    ]);
  });
});

test(
  "a goal, its sub-agent's question, a terminal's words and turn, a stop and a detach cross: each reaches what it is for",
  { timeout: TALK_TIMEOUT_MS },
  async () => {
    const first = "pursue the summit";
    const endless = await endlessCommand(stage.chain.workspace, "crossing");
    stage.playFrom(
      first,
      pursuesGoal(
        (turn) =>
          turn === 1
            ? [
                { do: "call", name: "spawn_agent", args: { message: "scout the ridge" } },
                { do: "hold", gate: new Gate() },
              ]
            : completesGoal,
        ({ said }) => {
          if (said === "take a photo") return [{ do: "hold", gate: new Gate() }];
          if (said !== "make tea") return [says(said)];
          return [
            { do: "shell", command: "echo tea > tea.txt", justification: "For tea" },
            says("Tea is ready."),
          ];
        },
      ),
    );
    stage.playFrom("scout the ridge", () => [
      { do: "shell", command: "echo up > ../ridge.txt", justification: "To see" },
      { do: "shell", command: endless.command },
    ]);
    await stage.bind(CROSSED);
    const said = stage.say(CROSSED, first);
    const question = await stage.questionAfter(said, HEARD_WITHIN_MS);
    expect(question.text).toContain("ridge.txt");
    const goalTurns = (): string[] => [
      ...new Set(
        stage
          .requestsWith(first)
          .filter(isGoalTurn)
          .map(({ turnId }) => turnId),
      ),
    ];
    const threadId = stage.requestsWith(first)[0]?.threadId ?? "";
    await terminal.request("thread/resume", { threadId, excludeTurns: true });
    // Codex takes it as words for the goal's turn, which stays the goal's.
    await terminal.startTurn(threadId, "take a photo");
    await stage.chain.model.waitForRequest(/^take a photo$/);
    stage.chain.telegram.person.click(question, "Allow once");
    await endless.up;
    const stop = stage.say(CROSSED, "/codexchat stop");
    await hears(stop, "Codex stop requested. The goal is paused.");
    await hears(stop, /^Codex was stopped\./);
    await endless.ended;

    const turnId = await terminal.startTurn(threadId, "make tea");
    await isAsked(threadId);
    await stage.statusThat(CROSSED, /A turn is running/);
    const waiting = stage.say(CROSSED, "are we there yet?");
    await hears(waiting, /^Queued behind/);
    const leave = stage.say(CROSSED, "/codexchat detach");
    const left = await hears(leave, /^This chat is detached from Codex/);
    expect(left.text).not.toContain("being stopped");
    const { thread } = await terminal.request("thread/read", { threadId });
    expect(asObject(asObject(thread)["status"])["activeFlags"]).toEqual(["waitingOnApproval"]);
    sayYes(threadId);
    const { turn } = await terminal.hears("turn/completed", turnId);
    expect(turn).toMatchObject({ status: "completed" });
    await hears(waiting, /^This chat was detached from Codex before this message's turn/);

    expect(goalTurns()).toHaveLength(1);
    const bind = stage.say(CROSSED, `/codexchat bind ${threadId}`);
    const prompt = await hears(bind, /^Plugin bind approval required[^]*paused: the summit/);
    await hears(stage.chain.telegram.person.click(prompt, "Allow once"), /^Allowed/);
    const resume = stage.say(CROSSED, "/codexchat goal resume");
    await hears(resume, /^🎯 Goal reached/);
    expect(goalTurns()).toHaveLength(2);
    expect(stage.readChat(CROSSED).join("\n")).not.toContain("tea.txt");
  },
);

test(
  "a turn whose connection is cut and mended is followed further: its answers come, from before the cut, too",
  { timeout: TALK_TIMEOUT_MS },
  async () => {
    const gate = new Gate();
    stage.playWhenAsked("count the sheep", [
      says("Ten sheep."),
      { do: "hold", gate },
      says("And a dog."),
    ]);
    await stage.bind(CUT);
    const said = stage.say(CUT, "count the sheep");
    await stage.chain.model.waitForRequest(/^count the sheep$/);
    line.cut();
    await line.refused(2);
    line.mend();
    // What is said there now comes of the connection that has been made again.
    await stage.statusThat(CUT, /Account: not needed with this provider/);
    gate.open();
    await hears(said, "Ten sheep.\n\nAnd a dog.");
    await stage.talk(CUT, "good night");
    expect(answersIn(CUT).filter((text) => !/status|^bot: Codex thread/.test(text))).toEqual([
      "person: count the sheep",
      "bot: Ten sheep.\n\nAnd a dog.",
      "person: good night",
      `bot: ${answerTo("good night")}`,
    ]);
  },
);

test(
  "what Codex did while the gateway was dead and then out of reach is told, once and in order",
  { timeout: 2 * TALK_TIMEOUT_MS },
  async () => {
    const { gateway, model } = stage.chain;
    const gates = { goal: new Gate(), turn: new Gate() };
    stage.playFrom(
      "pursue warmth",
      pursuesGoal((turn) => {
        if (turn === 1) return [says("One log.")];
        return turn === 2 ? [{ do: "hold", gate: gates.goal }, says("Two logs.")] : completesGoal;
      }),
    );
    stage.playWhenAsked("paint the door", [
      says("The frame is painted."),
      { do: "hold", gate: gates.turn },
      says("The door is painted."),
    ]);
    await stage.bind(GOAL);
    await stage.bind(KILLED);
    await stage.bind(HELD_UP);
    await stage.bind(HURRIED);
    const pursued = stage.say(GOAL, "pursue warmth");
    await hears(pursued, "One log.");
    const goalTurn = await model.requests.waitFor(
      (request) => isGoalTurn(request) && request.history.includes("pursue warmth"),
      { after: stage.requestsWith("pursue warmth").find(isGoalTurn) },
    );
    const painted = stage.say(KILLED, "paint the door");
    await model.waitForRequest(/^paint the door$/);
    await hears(stage.say(HURRIED, "hello"), answerTo("hello"));
    const hurried = stage.requestsWith("hello").at(-1)?.threadId ?? "";
    await gateway.kill();
    line.cut();
    gates.goal.open();
    await model.requests.waitFor((request) => isGoalTurn(request), { after: goalTurn });

    stage.configure({ plugin: { appServer, turn: { whileRunning: "steer" } } });
    await gateway.start();
    const held = stage.say(HELD_UP, "is anybody there?");
    await hears(held, /^Codex cannot be reached/);
    const queue = stage.say(HELD_UP, "/codexchat queue");
    await hears(queue, /is anybody there\?/);
    line.mend();
    await hears(held, answerTo("is anybody there?"));
    await hears(pursued, /^🎯 Goal reached after 3 turns/);
    await stage.statusThat(KILLED, /A turn is running/);
    gates.turn.open();
    await hears(painted, "The frame is painted.\n\nThe door is painted.");
    expect(answersIn(GOAL)).toEqual([
      "person: pursue warmth",
      "bot: The goal is set.",
      "bot: One log.",
      "bot: Two logs.",
      "bot: The goal is reached.",
      expect.stringMatching(/^bot: 🎯 Goal reached after 3 turns/),
    ]);
    expect(
      stage.readChat(HELD_UP).filter((text) => text.startsWith("bot: Codex cannot be reached")),
    ).toHaveLength(1);
    stage.readChat(KILLED);

    // As this gateway's operator wants it now, a message goes into the turn that runs, whoever began that.
    const gate = new Gate();
    stage.playWhenAsked("mow the lawn", [{ do: "hold", gate }, says("The lawn is mown.")]);
    stage.playWhenAsked("mind the flowers", [says("Mown, around the flowers.")]);
    await terminal.request("thread/resume", { threadId: hurried, excludeTurns: true });
    const again = stage.say(HURRIED, "still there?");
    await hears(again, answerTo("still there?"));
    await terminal.startTurn(hurried, "mow the lawn");
    await model.waitForRequest(/^mow the lawn$/);
    await stage.statusThat(HURRIED, /A turn is running/);
    const hint = stage.say(HURRIED, "mind the flowers");
    await model.waitForRequest(/^mind the flowers$/);
    gate.open();
    await hears(hint, /Mown, around the flowers\./);
    expect(stage.requestsWith("mind the flowers")[0]?.turnId).toBe(
      stage.requestsWith("mow the lawn")[0]?.turnId,
    );
    stage.readChat(HURRIED);
  },
);
