import { expect, test, vi } from "vitest";
import { boundCommands } from "../support/conversation/commands.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

test.each([
  { wanted: "on", mode: "plan", status: "Plan mode: on" },
  { wanted: "off", mode: "default", status: "Plan mode: off" },
])(
  "plan $wanted has the next turn run in the mode $mode, and stands in the status",
  async ({ wanted, mode, status }) => {
    const { codex, chat, say } = await boundCommands();
    await chat.bind({ model: "gpt-x", effort: "high" });
    expect(await say(`plan ${wanted}`)).toContain(`Plan mode is ${wanted}`);
    const answer = chat.say("hi");
    const turn = await codex.turn();
    expect(turn.params["collaborationMode"]).toEqual({
      mode,
      settings: { model: "gpt-x", reasoning_effort: "high", developer_instructions: null },
    });
    turn.reply("Hello.");
    await answer;
    expect(await say("status")).toContain(`\n${status}\n`);
  },
);

test("a chat that never switched plan mode leaves it as its thread has it", async () => {
  const { codex, chat, say } = await boundCommands();
  await chat.bind({ model: "gpt-x" });
  const answer = chat.say("hi");
  const turn = await codex.turn();
  expect(turn.params).not.toHaveProperty("collaborationMode");
  turn.reply("Hello.");
  await answer;
  expect(await say("status")).not.toContain("Plan mode");
});

test("plan mode that a terminal has left on is named at the bind and in the status, until the chat switches it", async () => {
  const { codex, inHost, say } = await boundCommands();
  codex.answer("thread/resume", ({ threadId }) => ({
    thread: { id: threadId, cwd: "/work" },
    model: "gpt-x",
    collaborationMode: { mode: "plan", settings: {} },
  }));
  inHost.bind(undefined);
  inHost.onRequest = () => ({ status: "pending", approvalId: "a", reply: { text: "Allow?" } });
  await say("bind planning-thread");
  expect(inHost.requests.at(-1)?.summary).toContain("The thread is in plan mode");
  inHost.bind(inHost.requests.at(-1)?.data);
  expect(await say("status")).toContain("\nPlan mode: on\n");
  await say("plan off");
  expect(await say("status")).toContain("\nPlan mode: off\n");
});

test("plan mode is not switched if the chat's model is not known", async () => {
  const { chat, say } = await boundCommands();
  await chat.bind();
  expect(await say("plan off")).toMatch(/model is not known/);
  expect((await chat.binding())?.plan).toBeUndefined();
});

test.each(["plan", "plan maybe", "plan on off"])("%s shows the usage", async (typed) => {
  const { say } = await boundCommands();
  expect(await say(typed)).toContain("/codexchat plan on|off");
});

test("a plan comes as an answer that is named as one, with what can be done about it", async () => {
  const { codex, chat } = await boundCommands();
  await chat.bind();
  const answer = chat.say("hi");
  const turn = await codex.turn();
  turn.say("I looked around.", "final_answer");
  turn.item({ type: "plan", id: "p", text: "1. Do it.\n" });
  turn.end();
  expect(await answer).toBe(
    "I looked around.\n\n📋 Plan:\n\n1. Do it.\n\nCodex is in plan mode, so it has changed nothing. To have it work, send `/codexchat plan off`, then ask it to carry out the plan.",
  );
});
