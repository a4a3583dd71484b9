/** What the real Codex says in the middle of a turn: several answers, questions that nobody waits for, and signs of life. */
import { afterEach, describe, expect, test } from "vitest";
import { RealCodex, type CodexUser } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";
import { Gate, type Step } from "../support/responses-api.js";
import { asArray, asObject, asString, type JsonObject } from "../support/wire-guards.js";

let codex: RealCodex;

afterEach(async () => {
  await codex.dispose();
});

const says = (
  text: string,
  phase: "commentary" | "partial_answer" | "final_answer" = "final_answer",
): Step => ({
  do: "say",
  text,
  phase,
});

/** A client with a turn under way; the model does this. */
async function turnOf(script: readonly Step[], model?: string) {
  codex = await RealCodex.prepare(model);
  codex.api.script = ({ said }) => (said === "begin" ? script : [says(`Heard ${said}.`)]);
  const user = await codex.start();
  const threadId = await user.startThread();
  return { user, threadId, turnId: await user.startTurn(threadId, "begin") };
}

/** The items of this type of which a turn has told in this way. */
function items({ heard }: CodexUser, method: string, type: string): JsonObject[] {
  return heard.entries
    .filter((entry) => entry.method === method)
    .map(({ params }) => asObject(params["item"]))
    .filter((item) => item["type"] === type);
}

const steer = (user: CodexUser, threadId: string, expectedTurnId: string, text: string) =>
  user.request("turn/steer", {
    threadId,
    expectedTurnId,
    input: [{ type: "text", text, text_elements: [] }],
  });

test("words that come after the final answer get another one in the same turn, which ends with the last", async () => {
  const gate = new Gate();
  const { user, threadId, turnId } = await turnOf([says("ONE"), { do: "hold", gate }]);
  await user.heard.waitFor(
    ({ method, params }) =>
      method === "item/completed" && asObject(params["item"])["type"] === "agentMessage",
  );
  await steer(user, threadId, turnId, "two");
  if (!codexTraits.cutsSpeechForInput) gate.open();
  const { turn } = await user.hears("turn/completed", turnId);
  expect(user.answers(turnId)).toEqual(["ONE", "Heard two."]);
  const last = asArray(asObject(turn)["items"]).map((item) => asObject(item)["text"]);
  expect(last).toEqual(codexTraits.endsWithLastAnswer ? ["Heard two."] : []);
});

/** What counts of a message that was told and is found in a record. */
function idAndText({ id, text }: Record<string, unknown>): unknown[] {
  return [codexTraits.recordKeepsIds ? id : "", text];
}

test("a running turn's record has what it has said, and since 0.154 under the ids by which that was told", async () => {
  const gate = new Gate();
  const { user, threadId, turnId } = await turnOf([
    says("Looking.", "commentary"),
    says("ONE"),
    { do: "hold", gate },
    says("TWO"),
  ]);
  await user.heard.waitFor(
    ({ method, params }) =>
      method === "item/completed" && asObject(params["item"])["text"] === "ONE",
  );
  const listed = { threadId, limit: 1, sortDirection: "desc", itemsView: "full" };
  const { data } = await user.request("thread/turns/list", listed);
  const told = items(user, "item/completed", "agentMessage").map(idAndText);
  const [turn] = asArray(data).map(asObject);
  expect(turn).toMatchObject({ id: turnId, status: "inProgress" });
  expect(
    asArray(turn?.["items"])
      .map(asObject)
      .filter(({ type }) => type === "agentMessage")
      .map(idAndText),
  ).toEqual(told);
  gate.open();
  await user.hears("turn/completed", turnId);
});

test("each message of a turn has its phase", async () => {
  const script = [says("Looking.", "commentary"), says("ONE"), says("TWO")];
  if (codexTraits.hasPartialAnswers) script.splice(1, 0, says("PART", "partial_answer"));
  const { user, turnId } = await turnOf(script);
  await user.hears("turn/completed", turnId);
  expect(
    items(user, "item/completed", "agentMessage").map(({ text, phase }) => [text, phase]),
  ).toEqual(script.map((step) => (step.do === "say" ? [step.text, step.phase] : [])));
});

test("the model's looks at a silent command are told of, and each answer's tokens", async () => {
  const { user, turnId } = await turnOf([
    { do: "call", name: "exec_command", args: { cmd: "sleep 30", yield_time_ms: 250 } },
    {
      do: "call",
      name: "write_stdin",
      args: ({ toolOutputs }) => ({
        session_id: Number(/session ID (\d+)/.exec(toolOutputs.at(-1) ?? "")?.[1]),
        chars: "\u0003",
        yield_time_ms: 250,
      }),
    },
    says("Done."),
  ]);
  await user.hears("turn/completed", turnId);
  const methods = user.heard.entries
    .filter(({ params }) => params["turnId"] === turnId)
    .map(({ method }) => method);
  expect(methods.includes("item/commandExecution/terminalInteraction")).toBe(
    codexTraits.tellsLooksAtCommands,
  );
  const counts = methods.filter((method) => method === "thread/tokenUsage/updated").length;
  expect(counts).toBeGreaterThanOrEqual(codex.api.requests.entries.length);
});

test("a plan is cut out of the message into an item of its own", async () => {
  codex = await RealCodex.prepare();
  codex.api.script = () => [
    says("I looked around.\n<proposed_plan>\n1. Do it.\n</proposed_plan>\n"),
  ];
  const user = await codex.start();
  const threadId = await user.startThread();
  const settings = { model: "mock-model", reasoning_effort: null, developer_instructions: null };
  await user.request("turn/start", {
    threadId,
    input: [{ type: "text", text: "plan", text_elements: [] }],
    collaborationMode: { mode: "plan", settings },
  });
  await user.hears("turn/completed");
  expect(items(user, "item/completed", "plan").map(({ text }) => String(text).trim())).toEqual([
    "1. Do it.",
  ]);
  const [message] = items(user, "item/completed", "agentMessage");
  expect(String(message?.["text"]).trim()).toBe("I looked around.");
});

test("a thread that is in plan mode leaves it with a turn in the default mode", async () => {
  codex = await RealCodex.prepare();
  codex.api.script = () => [says("I looked.\n<proposed_plan>\n1. Do it.\n</proposed_plan>\n")];
  const user = await codex.start();
  const threadId = await user.startThread();
  const settings = { model: "mock-model", reasoning_effort: null, developer_instructions: null };
  const turnIn = async (mode: "plan" | "default"): Promise<string> => {
    const { turn } = await user.request("turn/start", {
      threadId,
      input: [{ type: "text", text: mode, text_elements: [] }],
      collaborationMode: { mode, settings },
    });
    const turnId = asString(asObject(turn)["id"]);
    await user.hears("turn/completed", turnId);
    return turnId;
  };
  await turnIn("plan");
  expect(items(user, "item/completed", "plan")).toHaveLength(1);
  await turnIn("default");
  expect(items(user, "item/completed", "plan")).toHaveLength(1);
  const next = await user.startTurn(threadId, "and without a mode");
  await user.hears("turn/completed", next);
  expect(items(user, "item/completed", "plan")).toHaveLength(1);
});

describe.each(codexTraits.modelsWithClock)("%s", (model) => {
  const question = {
    do: "call",
    name: "request_user_input_async",
    args: { questions: [{ title: "Drop the table?", options: ["Yes", "No"] }, { title: "Why?" }] },
  } as const;

  test("asks without waiting, as a message in the middle of the turn", async () => {
    const { user, turnId } = await turnOf([question, says("I went on.")], model);
    await user.hears("turn/completed", turnId);
    const [asked, answer] = items(user, "item/completed", "agentMessage");
    expect(asked).toMatchObject({
      delivery: "async",
      phase: "final_answer",
      questions: [
        { title: "Drop the table?", options: ["Yes", "No"] },
        { title: "Why?", options: null },
      ],
    });
    expect(answer).toMatchObject({ delivery: null, questions: null, text: "I went on." });
  });

  test("sleeps for as long as its item says, and is woken by a word", async () => {
    const sleep = { do: "call", name: "sleep", args: { duration_ms: 43_200_000 } } as const;
    const { user, threadId, turnId } = await turnOf([sleep, says("Awake.")], model);
    const { params } = await user.heard.waitFor(
      (entry) =>
        entry.method === "item/started" && asObject(entry.params["item"])["type"] === "sleep",
    );
    expect(asObject(params["item"])["durationMs"]).toBe(43_200_000);
    await steer(user, threadId, turnId, "wake up");
    await user.hears("turn/completed", turnId);
    expect(items(user, "item/completed", "sleep")).toHaveLength(1);
    expect(user.answers(turnId)).toEqual(["Awake."]);
  });
});
