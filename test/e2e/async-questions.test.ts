/** What a person in a chat hears of what today's models ask without waiting for the answer. */
import { afterAll, beforeAll, describe, test } from "vitest";
import { codexTraits } from "../support/codex-traits.js";
import { Gate } from "../support/responses-api.js";
import { Stage } from "./stage.js";

const START_TIMEOUT_MS = 300_000;
const TALK_TIMEOUT_MS = 180_000;
const HEARD_WITHIN_MS = 90_000;
const PERSON = 6101;

const ask = (title: string) =>
  ({
    do: "call",
    name: "request_user_input_async",
    args: { questions: [{ title, options: ["Yes", "No"] }] },
  }) as const;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open([PERSON], []);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
}, START_TIMEOUT_MS);

describe.each(codexTraits.modelsWithClock)("%s", { timeout: TALK_TIMEOUT_MS }, (model) => {
  test("asks at once, and the answer goes to its running turn, or after that is a message", async ({
    expect,
  }) => {
    const gate = new Gate();
    stage.chain.model.script = ({ said }) => {
      const isAnswer = said.startsWith("You asked:");
      if (isAnswer) return [{ do: "say", text: `Heard: ${said}`, phase: "final_answer" }];
      const asks = said === "tidy up" ? [ask("Drop the table?")] : [ask("Drop the view?")];
      const waits = said === "tidy up" ? ([{ do: "hold", gate }] as const) : [];
      return [...asks, ...waits, { do: "say", text: "I went on.", phase: "final_answer" }];
    };
    await stage.bind(PERSON);
    const set = stage.say(PERSON, `/codexchat model ${model}`);
    await stage.replyTo(set, /^Codex model set to/, HEARD_WITHIN_MS);

    const said = stage.say(PERSON, "tidy up");
    const question = await stage.replyTo(said, /^❓[^]*Drop the table\?/, HEARD_WITHIN_MS);
    stage.chain.telegram.person.click(question, "No");
    await stage.replyTo(said, /Heard: You asked: Drop the table\?\nThe person answers: No/);
    gate.open();

    const more = stage.say(PERSON, "and the views");
    const second = await stage.replyTo(more, /^❓[^]*Drop the view\?/, HEARD_WITHIN_MS);
    await stage.replyTo(more, "I went on.", HEARD_WITHIN_MS);
    stage.chain.telegram.person.click(second, "Yes");
    await stage.replyTo(more, /Heard: You asked: Drop the view\?\nThe person answers: Yes/);
    const settled = await stage.replyTo(more, /^❓ Drop the view\?[^]*➡️/);
    expect(settled.text).toMatch(/➡️ Yes$/);
  });
});
