/** Plan mode in the real Codex: what a chat switches reaches the turn, and a plan comes back as one. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { updateCodexAppServerBinding } from "../../src/thread/thread-binding.js";
import { planWords } from "../../src/words/answer-words.js";
import { realChat } from "../support/app-server/real-chat.js";
import { RealCodex } from "../support/app-server/real-codex.js";

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await codex.dispose();
});

const PLANNED = "I looked around.\n<proposed_plan>\n1. Do it.\n</proposed_plan>\n";

test("a turn in plan mode brings its plan apart from what is said beside it, and the next one works again", async () => {
  codex.api.script = () => [{ do: "say", text: PLANNED, phase: "final_answer" }];
  const chat = await realChat(codex);
  await updateCodexAppServerBinding(chat.sessionFile, { plan: true });
  expect(await chat.say("plan it")).toMatch(
    /^I looked around\.\n\n📋 Plan:\n\n1\. Do it\.\n\nCodex is in plan mode/,
  );
  await updateCodexAppServerBinding(chat.sessionFile, { plan: false });
  expect(await chat.say(planWords.implementPrompt)).toBe(PLANNED.trim());
});
