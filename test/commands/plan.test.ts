import { describe, expect, test, vi } from "vitest";
import { registerPlanButtons } from "../../src/commands/plan-buttons.js";
import { boundCommands } from "../support/conversation/commands.js";
import { offeringChat, type Posted } from "../support/conversation/offering-chat.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

test.each([
  { wanted: "", mode: "plan", status: "Plan mode: on" },
  { wanted: "on", mode: "plan", status: "Plan mode: on" },
  { wanted: "off", mode: "default", status: "Plan mode: off" },
])(
  "plan $wanted has the next turn run in the mode $mode, and stands in the status",
  async ({ wanted, mode, status }) => {
    const { codex, chat, say } = await boundCommands();
    await chat.bind({ model: "gpt-x", effort: "high" });
    expect(await say(`plan ${wanted}`)).toContain(`Plan mode is ${wanted || "on"}`);
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

test("a plan comes as an answer that is named as one, with what can be done about it", async () => {
  const { codex, chat } = await boundCommands();
  await chat.bind();
  const answer = chat.say("hi");
  const turn = await codex.turn();
  turn.say("I looked around.", "final_answer");
  turn.item({ type: "plan", id: "p", text: "1. Do it.\n" });
  turn.end();
  expect(await answer).toBe(
    "I looked around.\n\n📋 Plan:\n\n1. Do it.\n\nCodex is in plan mode, so it has changed nothing. To change it, say how. `/codexchat plan implement` has Codex carry it out, `/codexchat plan off` ends plan mode.",
  );
});

/** A chat that can be planned in; `plans` has Codex make a plan, and gives the message with it. */
async function planning(options: { hasButtons?: boolean } = {}) {
  const all = await offeringChat(registerPlanButtons, { model: "gpt-x" }, options);
  let made = 0;
  /** `said`: what Codex says beside it. */
  const plans = async (said = ""): Promise<Posted> => {
    const turn = await all.codex.turn((made += 1));
    if (said !== "") turn.say(said, "final_answer");
    turn.item({ type: "plan", id: "p", text: `${made}. Do it.\n` });
    turn.end();
    return all.posted.waitFor(({ text }) => text.startsWith(`📋 Plan:\n\n${made}. Do it.`));
  };
  return { ...all, plans };
}

const modeOf = (turn: { params: Record<string, unknown> }): unknown =>
  turn.params["collaborationMode"];

describe("plan TEXT", () => {
  test("switches plan mode on and has Codex plan that", async () => {
    const { codex, say, plans, posted } = await planning();
    expect(await say("plan the login page\nwith tests")).toBe(
      "Codex plans this now, and changes nothing until you say so.",
    );
    const turn = await codex.turn();
    expect(modeOf(turn)).toMatchObject({ mode: "plan" });
    expect(turn.params["input"]).toMatchObject([{ text: "the login page\nwith tests" }]);
    await plans();
    expect(posted.entries.map(({ text }) => text)).toEqual(["📋 Plan:\n\n1. Do it."]);
  });
});

describe("a plan", () => {
  test("is a message of its own, after what is said beside it, with buttons below", async () => {
    const { say, plans, posted } = await planning();
    await say("plan the login page");
    const { buttons } = await plans("I looked around.");
    expect(posted.entries.map(({ text }) => text)).toEqual([
      "I looked around.",
      "📋 Plan:\n\n1. Do it.",
    ]);
    expect(buttons.map(({ label }) => label)).toEqual([
      "Implement",
      "Change it",
      "Leave plan mode",
    ]);
    for (const { value } of buttons) expect(Buffer.byteLength(value)).toBeLessThanOrEqual(52);
  });

  test("is carried out once, with plan mode off, when that is pressed", async () => {
    const { codex, say, plans, press } = await planning();
    await say("plan the login page");
    const made = await plans();
    const { said, cleared } = await press(made, "Implement");
    expect(said).toEqual(["Plan mode is off, and Codex carries out the plan."]);
    expect(cleared).toBe(1);
    const turn = await codex.turn(2);
    expect(modeOf(turn)).toMatchObject({ mode: "default" });
    expect(turn.params["input"]).toMatchObject([{ text: "Implement the plan." }]);
    for (const label of ["Implement", "Change it", "Leave plan mode"]) {
      // oxlint-disable-next-line no-await-in-loop
      expect((await press(made, label)).said).toEqual([expect.stringMatching(/out of date/)]);
    }
    turn.reply("Done.");
  });

  test("is changed by the next message, and the newer plan takes its place", async () => {
    const { codex, chat, say, plans, press } = await planning();
    await say("plan the login page");
    const first = await plans();
    expect((await press(first, "Change it")).said).toEqual([
      "Write what to change. Your next message goes to Codex, which is still in plan mode.",
    ]);
    await say("plan use OAuth");
    expect(modeOf(await codex.turn(2))).toMatchObject({ mode: "plan" });
    const second = await plans();
    expect((await press(first, "Implement")).said).toEqual([expect.stringMatching(/out of date/)]);
    expect((await press(second, "Leave plan mode")).said).toEqual([
      expect.stringMatching(/^Plan mode is off:/),
    ]);
    expect((await chat.binding())?.plan).toBe(false);
  });

  test("does nothing for another chat, nor once the chat has another thread", async () => {
    const { chat, say, plans, press } = await planning();
    await say("plan the login page");
    const made = await plans();
    expect((await press(made, "Implement", "8")).said).toEqual([
      expect.stringMatching(/out of date/),
    ]);
    await chat.bind({ threadId: "thread-2", model: "gpt-x" });
    expect((await press(made, "Implement")).said).toEqual([expect.stringMatching(/out of date/)]);
  });

  test("that is long has its buttons in a message below it", async () => {
    const { codex, say, posted } = await planning();
    await say("plan the login page");
    const turn = await codex.turn();
    turn.item({ type: "plan", id: "p", text: "Do it. ".repeat(300) });
    turn.end();
    const below = await posted.waitFor(({ buttons }) => buttons.length > 0);
    expect(below.text).toMatch(/^What should become of this plan\?/);
    const [plan] = posted.entries;
    expect(plan?.text).toMatch(/^📋 Plan:\n\nDo it\. /);
    expect(plan?.buttons).toEqual([]);
  });

  test("says what can be typed where there are no buttons", async () => {
    const { say, plans } = await planning({ hasButtons: false });
    await say("plan the login page");
    const { text, buttons } = await plans();
    expect(text).toContain("`/codexchat plan implement` has Codex carry it out");
    expect(buttons).toEqual([]);
  });

  test.each(["user", "auto_review"] as const)(
    "is made of its questions, which are asked whoever decides about more: %s",
    async (approvalsReviewer) => {
      const { codex, chat, say, posted, noted } = await planning();
      await chat.bind({ model: "gpt-x", approvalsReviewer });
      await say("plan the login page");
      const turn = await codex.turn();
      turn.show();
      const question = { id: "how", header: "Login", question: "How?", options: null };
      const asked = codex.ask("item/tool/requestUserInput", {
        threadId: "thread-1",
        turnId: turn.turnId,
        itemId: "i",
        questions: [question],
      });
      await noted.waitFor((text) => text.includes("How?"));
      await say("answer by passkey");
      expect(await asked).toEqual([{ answers: { how: { answers: ["by passkey"] } } }]);
      turn.reply("Thanks.");
      await posted.waitFor(({ text }) => text === "Thanks.");
    },
  );

  test("is not carried out by typing where plan mode is off", async () => {
    const { say } = await planning();
    expect(await say("plan implement")).toMatch(/^Plan mode is off, so there is no plan/);
  });
});
