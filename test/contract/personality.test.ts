/** How the real Codex has its model speak, as long as its models have more than one way. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { callCodex, METHODS } from "../../src/app-server/methods.js";
import { listCodexModels } from "../../src/app-server/model-catalog.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { codexTraits } from "../support/codex-traits.js";

const OPTIONS = { timeoutMs: 60_000 };

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare(codexTraits.modelWithPersonality);
});

afterEach(async () => {
  await codex.dispose();
});

test("the models that have personalities are listed as such", async () => {
  const { client } = await codex.start();
  const models = await listCodexModels(client, undefined, OPTIONS.timeoutMs);
  const able = models.filter(({ hasPersonality }) => hasPersonality).map(({ name }) => name);
  expect(able.includes("gpt-5.5")).toBe(codexTraits.modelWithPersonality !== undefined);
});

test("such a model, and no other, is told of the one that its turn has, if that is not its own", async () => {
  const user = await codex.start();
  async function isToldOfOther(personality: string): Promise<boolean> {
    const threadId = await user.startThread();
    const input = [{ type: "text" as const, text: personality, text_elements: [] }];
    const turn = { threadId, input, cwd: codex.workspace, personality };
    await callCodex(user.client, METHODS.startTurn, turn, OPTIONS);
    const { body } = await codex.api.requests.waitFor(({ said }) => said === personality);
    return JSON.stringify(body["input"]).includes("<personality_spec>");
  }
  expect(await isToldOfOther("friendly")).toBe(codexTraits.modelWithPersonality !== undefined);
  // So it speaks anyway.
  expect(await isToldOfOther("pragmatic")).toBe(false);
});
