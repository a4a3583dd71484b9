import { describe, expect, test, vi } from "vitest";
import { boundCommands } from "../support/conversation/commands.js";
import { refuse, type ScriptedCodex } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

function model(name: string, efforts: string[], more: Record<string, unknown> = {}) {
  return {
    id: name,
    model: name,
    hidden: false,
    isDefault: false,
    supportedReasoningEfforts: efforts.map((reasoningEffort) => ({ reasoningEffort })),
    defaultReasoningEffort: efforts[0],
    serviceTiers: [],
    ...more,
  };
}

/** Two pages, as Codex gives a long list. */
function offers(codex: ScriptedCodex): void {
  codex.answer("model/list", ({ cursor }) =>
    cursor === "2"
      ? { data: [model("gpt-old", ["medium"]), model("gpt-hid", [], { hidden: true })] }
      : {
          data: [
            model("gpt-6-sol", ["low", "high"], {
              isDefault: true,
              serviceTiers: [{ id: "priority", name: "Fast" }],
            }),
          ],
          nextCursor: "2",
        },
  );
}

describe("models", () => {
  test("lists what there is, with efforts, tiers, the default and this chat's", async () => {
    const { codex, chat, say } = await boundCommands();
    await chat.bind({ model: "gpt-old", modelProvider: "acme" });
    offers(codex);
    expect(await say("models")).toBe(
      [
        "Codex models:",
        "• gpt-6-sol (default)",
        "efforts: low (default), high",
        "tiers: Fast",
        "• gpt-old (this chat's)",
        "efforts: medium (default)",
        "`/codexchat model NAME` chooses one, `/codexchat effort LEVEL` how hard it thinks.",
      ].join("\n"),
    );
    expect(codex.of("model/list")[0]?.params).toMatchObject({ modelProvider: "acme" });
  });

  test("of an older Codex are listed with the tiers that it has by their ids only", async () => {
    const { codex, say } = await boundCommands();
    const old = { serviceTiers: undefined, additionalSpeedTiers: ["fast"] };
    codex.answer("model/list", () => ({ data: [model("gpt-old", ["low"], old)] }));
    expect(await say("models")).toContain("tiers: Fast");
  });

  test("that cannot be had says why", async () => {
    const { codex, say } = await boundCommands();
    codex.answer("model/list", refuse("the list is **gone**"));
    expect(await say("models")).toMatch(/^`\/codexchat models` failed: the list is/);
    codex.answer("model/list", () => ({ data: [] }));
    expect(await say("models")).toMatch(/lists no models/);
  });
});

describe("model", () => {
  test("is set by the name that Codex lists, hidden ones too", async () => {
    const { codex, chat, say } = await boundCommands();
    offers(codex);
    expect(await say("model GPT-6-Sol")).toBe("Codex model set to gpt-6-sol.");
    expect(await chat.binding()).toMatchObject({ model: "gpt-6-sol" });
    expect(await say("model gpt-hid")).toBe("Codex model set to gpt-hid.");
  });

  test("that Codex does not list is not set, and near ones are named", async () => {
    const { codex, chat, say } = await boundCommands();
    offers(codex);
    const text = await say("model gpt-6-sool");
    expect(text).toMatch(/no model gpt-6-sool[^]*Did you mean gpt-6-sol\?/);
    expect((await chat.binding())?.model).toBeUndefined();
    expect(await say("model something-else")).toMatch(/`\/codexchat models` lists them all/);
  });

  test("that Codex does not list is set all the same where the person insists", async () => {
    const { codex, chat, say } = await boundCommands();
    offers(codex);
    expect(await say("model my-own anyway")).toBe("Codex model set to my-own.");
    expect(await chat.binding()).toMatchObject({ model: "my-own" });
  });

  test("is set unchecked, and that is said, where the list cannot be had", async () => {
    const { chat, say } = await boundCommands();
    expect(await say("model gpt-x")).toMatch(/set to gpt-x\. Codex could not be asked/);
    expect(await chat.binding()).toMatchObject({ model: "gpt-x" });
  });

  test("that lacks the effort of this chat starts with its own, and that is said", async () => {
    const { codex, chat, say } = await boundCommands();
    await chat.bind({ model: "gpt-6-sol", effort: "high" });
    offers(codex);
    expect(await say("model gpt-old")).toMatch(/The effort is medium now/);
    expect(await chat.binding()).toMatchObject({ model: "gpt-old", effort: "medium" });
  });

  test("that lacks it and has no effort by default says so as well", async () => {
    const { codex, chat, say } = await boundCommands();
    await chat.bind({ model: "gpt-6-sol", effort: "high" });
    offers(codex);
    expect(await say("model gpt-hid")).toMatch(/The effort is the model's own now/);
    expect((await chat.binding())?.effort).toBeUndefined();
  });
});

describe("effort", () => {
  test("is shown, set, and goes with the next turn", async () => {
    const { codex, chat, say } = await boundCommands();
    offers(codex);
    expect(await say("effort")).toMatch(
      /the thread's default\.\ngpt-6-sol has: low \(default\), high/,
    );
    expect(await say("effort High")).toBe("Codex effort set to high.");
    expect(await say("effort")).toMatch(/^Codex effort: high\./);
    codex.repliesWith(() => "Done.");
    await chat.say("hi");
    expect(codex.only("turn/start").params).toMatchObject({ effort: "high" });
  });

  test("that the model does not have is refused, with those that it has", async () => {
    const { codex, chat, say } = await boundCommands();
    await chat.bind({ model: "gpt-old" });
    offers(codex);
    expect(await say("effort high")).toBe("gpt-old has no effort high. It has: medium (default)");
    expect((await chat.binding())?.effort).toBeUndefined();
  });

  test("default is the model's own", async () => {
    const { codex, chat, say } = await boundCommands();
    await chat.bind({ model: "gpt-6-sol", effort: "high" });
    offers(codex);
    await say("effort default");
    expect(await chat.binding()).toMatchObject({ effort: "low" });
  });

  test("ultra says what it starts", async () => {
    const { chat, say } = await boundCommands();
    expect(await say("effort ultra")).toMatch(
      /set to ultra\. With ultra, Codex starts sub-agents without being asked/,
    );
    expect(await chat.binding()).toMatchObject({ effort: "ultra" });
  });

  test("of a model that Codex does not list is set if it is known at all", async () => {
    const { chat, say } = await boundCommands();
    expect(await say("effort high")).toMatch(/set to high\. Codex could not say/);
    expect(await say("effort enormous")).toMatch(/Known ones are: .*medium/);
    expect(await say("effort default")).toMatch(/Name one instead/);
    expect(await chat.binding()).toMatchObject({ effort: "high" });
  });

  test.each([
    "effort two words",
    "effort $(x)",
    "models all",
    "model a b",
    "model a b c",
    "personality loud",
    "personality none none",
  ])("arguments that make no sense get the usage: %s", async (args) => {
    const { codex, say } = await boundCommands();
    expect(await say(args)).toMatch(/^That was not understood/);
    expect(codex.calls).toEqual([]);
  });
});

function offersOneWithPersonality(codex: ScriptedCodex): void {
  codex.answer("model/list", () => ({
    data: [model("gpt-old", ["low"], { isDefault: true, supportsPersonality: true })],
  }));
}

describe("personality", () => {
  test("of a model that has some is shown, set, and goes with the next turn and into the next thread", async () => {
    const { codex, chat, say } = await boundCommands();
    offersOneWithPersonality(codex);
    expect(await say("personality")).toBe(
      "Codex personality: as Codex has it.\nThere are: friendly, pragmatic, none",
    );
    expect(await say("personality Friendly")).toMatch(/^Codex personality set to friendly\./);
    expect(await say("personality")).toMatch(/^Codex personality: friendly\./);
    codex.repliesWith(() => "Done.");
    await chat.say("hi");
    expect(codex.only("turn/start").params).toMatchObject({ personality: "friendly" });
    await say("new");
    expect(await chat.binding()).toMatchObject({ personality: "friendly" });
  });

  test("of a model that has none cannot be set, and that is said", async () => {
    const { codex, chat, say } = await boundCommands();
    offers(codex);
    expect(await say("personality friendly")).toMatch(/^gpt-6-sol has no personalities to choose/);
    expect((await chat.binding())?.personality).toBeUndefined();
  });

  test("of a model that Codex does not list cannot be set either", async () => {
    const { say } = await boundCommands();
    expect(await say("personality friendly")).toMatch(/^Codex could not say whether/);
  });
});
