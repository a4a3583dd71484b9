/** What Codex's own reviewer has denied, and a person allows once. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { registerDenialButtons } from "../../src/commands/denials.js";
import { queuedConversationTurns } from "../../src/messages/queue.js";
import { offeringChat, type Posted } from "../support/conversation/offering-chat.js";
import { settled, until } from "../support/conversation/settled.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const gateway = vi.hoisted(() => ({
  asked: new Array<Record<string, unknown>>(),
  decision: Promise.resolve<unknown>("deny"),
  hasOwners: true,
}));

// The host's own module looks for a running gateway.
vi.mock("openclaw/plugin-sdk/agent-harness-runtime", () => ({
  callGatewayTool: async (method: string, _options: unknown, params: Record<string, unknown>) => {
    if (method === "plugin.approval.waitDecision") return { decision: await gateway.decision };
    gateway.asked.push(params);
    return gateway.hasOwners ? { status: "accepted", id: "plugin:1" } : { status: "no-route" };
  },
}));

afterEach(() => {
  gateway.asked = [];
  gateway.hasOwners = true;
});

const COMMAND = { type: "command", source: "unifiedExec", command: "npm publish", cwd: "/repo" };
const AGAIN =
  "I allow once what your reviewer has just denied. Try exactly that again, if it is still needed.";

type Options = { hasButtons?: boolean };

/** A chat whose thread is loaded; `denies` has the reviewer deny something, and gives the message about it. */
async function reviewed(options: Options = {}) {
  const all = await offeringChat(registerDenialButtons, {}, options);
  all.codex.answer("thread/approveGuardianDeniedAction", () => ({}));
  await all.write("publish it");
  const running = await all.codex.turn();
  running.show();
  await settled();
  let reviews = 0;
  const denies = (action: object = COMMAND, threadId = "thread-1"): Promise<Posted> => {
    const reviewId = `review-${(reviews += 1)}`;
    const after = all.posted.entries.length;
    all.codex.notify({
      method: "item/autoApprovalReview/completed",
      params: {
        threadId,
        turnId: running.turnId,
        startedAtMs: 1,
        completedAtMs: 2,
        reviewId,
        targetItemId: "item-1",
        decisionSource: "agent",
        review: {
          status: "denied",
          riskLevel: "high",
          userAuthorization: "low",
          rationale: "Too risky.",
        },
        action,
      },
    });
    return all.posted.waitFor(
      (entry) => entry.text.startsWith("🛡️") && all.posted.entries.indexOf(entry) >= after,
    );
  };
  /** The turn ends, and its answer is in the chat. */
  const ends = async (): Promise<void> => {
    running.reply("I was not allowed to.");
    await all.posted.waitFor(({ text }) => text === "I was not allowed to.");
    await until(() => queuedConversationTurns(all.chat.sessionFile) === 0);
  };
  return {
    ...all,
    denies,
    ends,
    running,
    approvals: () => all.codex.of("thread/approveGuardianDeniedAction"),
  };
}

const owned = async () => {
  const all = await reviewed();
  all.host.sections = { commands: { ownerAllowFrom: ["telegram:1"] } };
  return all;
};

describe("a denied command", () => {
  test("is allowed once by the button below the notice, in the form that Codex takes, and tried again", async () => {
    const { codex, denies, ends, press, running, approvals } = await reviewed();
    const notice = await denies();
    await ends();
    expect(notice.text).toBe("🛡️ Codex's reviewer denied: npm publish. Reason: Too risky.");
    expect(notice.buttons.map(({ label }) => label)).toEqual(["Allow it once"]);
    const { said, cleared } = await press(notice, "Allow it once");
    expect(said).toEqual(["Allowed once. Codex tries it again."]);
    expect(cleared).toBe(1);
    expect(approvals().map(({ params }) => params)).toEqual([
      {
        threadId: "thread-1",
        event: {
          id: "review-1",
          target_item_id: "item-1",
          turn_id: running.turnId,
          started_at_ms: 1,
          completed_at_ms: 2,
          status: "denied",
          risk_level: "high",
          user_authorization: "low",
          rationale: "Too risky.",
          decision_source: "agent",
          action: { type: "command", source: "unified_exec", command: "npm publish", cwd: "/repo" },
        },
      },
    ]);
    const turn = await codex.turn(2);
    expect(turn.params["input"]).toMatchObject([{ text: AGAIN }]);
    expect((await press(notice, "Allow it once")).said).toEqual([
      expect.stringMatching(/out of date/),
    ]);
    expect(approvals()).toHaveLength(1);
    turn.reply("Done.");
  });

  test("is allowed once by typing, the newest first, which is said where there are no buttons", async () => {
    const { codex, denies, ends, say, approvals } = await reviewed({ hasButtons: false });
    await denies({ ...COMMAND, command: "rm -rf dist" });
    const { text, buttons } = await denies();
    await ends();
    expect(text).toContain("`/codexchat approve denied` allows it once.");
    expect(buttons).toEqual([]);
    expect(await say("approve denied")).toBe("Allowed once. Codex tries it again.");
    expect(await say("approve denied")).toBe("Allowed once. Codex tries it again.");
    expect(await say("approve denied")).toMatch(/^There is nothing here/);
    expect(approvals().map(({ params }) => params["event"])).toMatchObject([
      { action: { command: "npm publish" } },
      { action: { command: "rm -rf dist" } },
    ]);
    (await codex.turn(2)).reply("Done.");
  });

  test("is tried again by the turn that runs, which hears that it may", async () => {
    const { codex, denies, ends, press } = await reviewed();
    await press(await denies(), "Allow it once");
    expect(codex.only("turn/steer").params["input"]).toMatchObject([{ text: AGAIN }]);
    await ends();
    expect(codex.turns).toHaveLength(1);
  });

  test("is shown whole where the notice's line does not show it so", async () => {
    const { denies } = await reviewed();
    const { text } = await denies({ ...COMMAND, command: "echo `whoami`\ncat a.txt" });
    expect(text).toContain("```\necho `whoami`\ncat a.txt\n```");
  });

  test("does nothing from another chat, nor once the chat has another thread", async () => {
    const { chat, denies, press, approvals } = await reviewed();
    const notice = await denies();
    expect((await press(notice, "Allow it once", "8")).said).toEqual([
      expect.stringMatching(/out of date/),
    ]);
    await chat.bind({ threadId: "thread-2" });
    expect((await press(notice, "Allow it once")).said).toEqual([
      expect.stringMatching(/of a thread that this chat has left/),
    ]);
    expect(approvals()).toEqual([]);
  });
});

test.each([
  { what: "changed files", action: { type: "applyPatch", files: ["a.ts"], cwd: "/repo" } },
  { what: "a tool's call", action: { type: "mcpToolCall", server: "mail", toolName: "send" } },
  { what: "permissions", action: { type: "requestPermissions", reason: "why not" } },
  { what: "a long command", action: { ...COMMAND, command: "x".repeat(301) } },
])("$what that nobody was shown whole cannot be allowed", async ({ action }) => {
  const { denies } = await reviewed();
  expect((await denies(action)).buttons).toEqual([]);
});

test("nothing can be allowed where the operator has nobody asked", async () => {
  const all = await reviewed();
  all.host.pluginConfig = { approvals: "decline" };
  expect((await all.denies()).buttons).toEqual([]);
});

describe("where the gateway has owners", () => {
  test("they decide, and the chat hears what", async () => {
    gateway.decision = Promise.resolve("allow-once");
    const { codex, denies, ends, press, posted, approvals } = await owned();
    const notice = await denies();
    await ends();
    const { said } = await press(notice, "Allow it once");
    expect(said).toEqual(["The gateway's owners are asked. This chat hears what they decide."]);
    await posted.waitFor(({ text }) => text === "Allowed once. Codex tries it again.");
    expect(gateway.asked[0]?.["detail"]).toContain("npm publish");
    expect(gateway.asked[0]?.["allowedDecisions"]).toEqual(["allow-once", "deny"]);
    expect(approvals()).toHaveLength(1);
    (await codex.turn(2)).reply("Done.");
  });

  test.each(["deny", undefined])("nothing is done if they decide %s", async (decision) => {
    gateway.decision = Promise.resolve(decision);
    const { denies, press, posted, approvals } = await owned();
    await press(await denies(), "Allow it once");
    await posted.waitFor(({ text }) => text.startsWith("The gateway's owners did not allow it"));
    await settled();
    expect(approvals()).toEqual([]);
  });

  test("nobody else decides if they cannot be reached", async () => {
    gateway.hasOwners = false;
    const { denies, press, approvals } = await owned();
    const notice = await denies();
    for (let time = 0; time < 2; time += 1) {
      // oxlint-disable-next-line no-await-in-loop
      expect((await press(notice, "Allow it once")).said).toEqual([
        "Only the gateway's owners can allow this, and none of them can be reached.",
      ]);
    }
    expect(approvals()).toEqual([]);
  });
});
