/** The buttons below a question, and the clicks on them. */
import { describe, expect, test } from "vitest";
import { questionButtons, registerApprovalButtons } from "../src/approval-buttons.js";
import { findQuestion } from "../src/conversation-questions.js";
import { commandQuestion, opened, optionsQuestion } from "./support/conversation/questions.js";

type Api = Parameters<typeof registerApprovalButtons>[0];
type Registration = Parameters<Api["registerInteractiveHandler"]>[0];

function registration(): Registration {
  const registrations: Registration[] = [];
  registerApprovalButtons({
    registerInteractiveHandler: (given) => void registrations.push(given),
  });
  const [only, ...more] = registrations;
  if (!only || more.length > 0) throw new Error("it registers one handler");
  return only;
}

/** A click on Telegram; `payload` is what stands behind the namespace. */
async function click(payload: string, { authorized = true } = {}) {
  const replies: unknown[] = [];
  const edits: unknown[] = [];
  const result = await registration().handler({
    callback: { payload, namespace: "codexapproval" },
    auth: { isAuthorizedSender: authorized },
    respond: {
      reply: async (message: unknown) => void replies.push(message),
      editMessage: async (message: unknown) => void edits.push(message),
    },
  });
  expect(result).toEqual({ handled: true });
  return { replies, edits };
}

describe("the buttons", () => {
  test("are the choices and the refusal, whose clicks come back to their handler", () => {
    const question = opened("a");
    const { channel, namespace } = registration();
    expect(channel).toBe("telegram");
    expect(questionButtons(question)).toEqual([
      { label: "Allow once", value: `${namespace}:${question.id}:once` },
      { label: "Always for this thread", value: `${namespace}:${question.id}:always` },
      { label: "Deny", value: `${namespace}:${question.id}:deny` },
    ]);
  });

  test("show all where something was cut", () => {
    const labels = questionButtons(opened("a", commandQuestion("x".repeat(600)))).map(
      ({ label }) => label,
    );
    expect(labels.at(-1)).toBe("Show all");
  });

  test("of a question with options are the options", () => {
    const question = opened("a", optionsQuestion("Postgres", "x".repeat(100)));
    const labels = questionButtons(question).map(({ label }) => label);
    expect(labels).toEqual(["Postgres", `${"x".repeat(59)}…`, "No answer"]);
  });

  test("carry no more than Telegram takes: 64 bytes", () => {
    const options = Array.from({ length: 100 }, (_, index) => `option ${index}`);
    for (const { value } of questionButtons(opened("a", optionsQuestion(...options)))) {
      expect(Buffer.byteLength(value)).toBeLessThanOrEqual(64);
    }
  });
});

describe("a click", () => {
  test("decides, and the question shows its outcome, as plain text and without buttons", async () => {
    const { id, ended } = opened("a");
    const { replies, edits } = await click(`${id}:once`);
    expect(await ended).toMatchObject({ choice: { result: { decision: "accept" } } });
    expect(replies).toEqual([]);
    expect(edits).toEqual([
      {
        text: "❓ Codex wants to run a command:\nnpm publish\nFolder: /repo\n➡️ Allowed once.",
        buttons: [],
      },
    ]);
  });

  test("by somebody who may not says so, and changes nothing", async () => {
    const question = opened("a", commandQuestion("x".repeat(600)));
    for (const choice of ["once", "deny", "all"]) {
      expect(await click(`${question.id}:${choice}`, { authorized: false })).toEqual({
        replies: [{ text: "You are not allowed to answer Codex here." }],
        edits: [],
      });
    }
    expect(findQuestion(question.id)).toBeDefined();
  });

  test("that comes late or again hears of the first one", async () => {
    const { id, ended } = opened("a");
    await click(`${id}:deny`);
    for (const choice of ["once", "deny"]) {
      expect(await click(`${id}:${choice}`)).toEqual({
        replies: [{ text: "This is settled already: Denied." }],
        edits: [],
      });
    }
    expect(await ended).toMatchObject({ choice: { result: { decision: "decline" } } });
  });

  test("after the turn's end hears that the question is not open any more", async () => {
    const { id, endTurn } = opened("a");
    endTurn();
    for (const choice of ["once", "all"]) {
      expect(await click(`${id}:${choice}`)).toEqual({
        replies: [{ text: expect.stringMatching(/not open any more/) }],
        edits: [],
      });
    }
  });

  test("on Show all shows all, and leaves the question open", async () => {
    const command = `echo ${"x".repeat(600)}`;
    const { id } = opened("a", commandQuestion(command));
    expect(await click(`${id}:all`)).toEqual({
      replies: [{ text: `Codex wants to run a command:\n${command}\nFolder: /repo` }],
      edits: [],
    });
    expect(findQuestion(id)).toBeDefined();
  });

  test.each(["", ":", "once", "0badcafe", "0badcafe:once:more", "::::"])(
    "that carries something else finds nothing open: %o",
    async (payload) => {
      expect(await click(payload)).toEqual({
        replies: [{ text: expect.stringMatching(/not open any more/) }],
        edits: [],
      });
    },
  );

  test("with a choice that the question has not names those that it has", async () => {
    const { id } = opened("a");
    expect(await click(`${id}:option-0`)).toEqual({
      replies: [
        { text: "That is not among the answers: Allow once, Always for this thread, Deny." },
      ],
      edits: [],
    });
    expect(findQuestion(id)).toBeDefined();
  });
});

/** Clicks that a host could send and this one does not know. */
function unknownShapes(payload: string): unknown[] {
  const whole = {
    callback: { payload },
    auth: { isAuthorizedSender: true },
    respond: { reply: async () => {}, editMessage: async () => {} },
  };
  return [
    undefined,
    null,
    "click",
    {},
    { ...whole, auth: {} },
    { ...whole, auth: { isAuthorizedSender: "yes" } },
    { ...whole, callback: {} },
    { ...whole, callback: { payload: 7 } },
    { ...whole, respond: { reply: "text" } },
  ];
}

test("a click in a shape that is not known is nobody's answer", async () => {
  const { id } = opened("a");
  const { handler } = registration();
  for (const context of unknownShapes(`${id}:once`)) {
    expect(await handler(context)).toEqual({ handled: true });
  }
  expect(findQuestion(id)).toBeDefined();
});

test("an edit that the channel refuses leaves the answer as it is", async () => {
  const { id, ended } = opened("a");
  const context = {
    callback: { payload: `${id}:once` },
    auth: { isAuthorizedSender: true },
    respond: {
      reply: async () => {},
      editMessage: () => Promise.reject(new Error("message to edit not found")),
    },
  };
  await expect(registration().handler(context)).rejects.toThrow("message to edit not found");
  expect(await ended).toMatchObject({ choice: { result: { decision: "accept" } } });
});
