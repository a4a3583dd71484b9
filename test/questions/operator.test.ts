/** OpenClaw's own approvals: what it is asked, and what its answers come to. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { askOperator } from "../../src/questions/operator.js";
import { ScriptedHost } from "../support/conversation/host.js";
import { commandQuestion, ruleQuestion } from "../support/conversation/questions.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";

type Call = { method: string; params: Record<string, unknown> };

const gateway = vi.hoisted(() => ({
  calls: new Array<Call>(),
  resolved: new Array<Record<string, unknown>>(),
  answers: new Map<string, () => Promise<unknown>>(),
}));

// The host's own modules look for a running gateway.
vi.mock("openclaw/plugin-sdk/agent-harness-runtime", () => ({
  callGatewayTool: async (method: string, _options: unknown, params: Record<string, unknown>) => {
    gateway.calls.push({ method, params });
    return gateway.answers.get(method)?.();
  },
}));
vi.mock("openclaw/plugin-sdk/approval-gateway-runtime", () => ({
  resolveApprovalOverGateway: async (params: Record<string, unknown>) => {
    gateway.resolved.push(params);
    return gateway.answers.get("resolve")?.();
  },
}));

afterEach(() => {
  gateway.calls = [];
  gateway.resolved = [];
  gateway.answers.clear();
});

const ADDRESS = { channel: "telegram", to: "telegram:7", accountId: "default", threadId: 55 };

const OWNED = { commands: { ownerAllowFrom: ["telegram:7"] } };

async function ask(question = commandQuestion(), sections: Record<string, unknown> = OWNED) {
  const host = new ScriptedHost(await temporaryFolder());
  host.sections = sections;
  const timeoutMs = 900_000;
  const options = { timeoutMs, handle: "0badca" };
  return { host, operator: await askOperator(host.api, ADDRESS, question, options) };
}

function accepts(decision: unknown): void {
  gateway.answers.set("plugin.approval.request", async () => ({
    status: "accepted",
    id: "plugin:1",
  }));
  gateway.answers.set("plugin.approval.waitDecision", async () => ({ decision }));
}

test("it is asked in the words and with the choices of the question, for ten minutes at most", async () => {
  accepts("deny");
  await ask();
  expect(gateway.calls[0]).toMatchObject({
    method: "plugin.approval.request",
    params: {
      title: "Codex wants to run a command",
      description: "\n```\nnpm publish\n```\n```\nFolder: /repo\n```",
      detail: "Codex wants to run a command:\nFolder: /repo\n\nnpm publish",
      turnSourceChannel: "telegram",
      turnSourceTo: "telegram:7",
      turnSourceAccountId: "default",
      turnSourceThreadId: 55,
      timeoutMs: 600_000,
      twoPhase: true,
      allowedDecisions: ["allow-once", "allow-always", "deny"],
    },
  });
});

test("what is too long for its message is cut, and the command named that shows all of it", async () => {
  accepts("deny");
  await ask(commandQuestion("x".repeat(2000)));
  const { title, description, detail } = gateway.calls[0]?.params ?? {};
  expect(String(title).length).toBeLessThanOrEqual(80);
  expect(String(description).length).toBeLessThanOrEqual(512);
  expect(description).toMatch(/`\/codexchat show 0badca`$/);
  expect(detail).toContain("x".repeat(2000));
});

test("what is not seen whole in its message can be allowed once at most", async () => {
  accepts("deny");
  await ask(commandQuestion("x".repeat(2000)));
  expect(gateway.calls[0]?.params).toMatchObject({ allowedDecisions: ["allow-once", "deny"] });
});

test("a part that it hides as a secret is said to be hidden, and nothing is allowed for long", async () => {
  accepts("deny");
  await ask(commandQuestion('curl -H "Authorization: Bearer $(rm -rf /tmp/everything-here)" x'));
  const { description, allowedDecisions } = gateway.calls[0]?.params ?? {};
  expect(description).toMatch(/\nOpenClaw hides part of it \(\*\*\*\).*`\/codexchat show 0badca`$/);
  expect(String(description).length).toBeLessThanOrEqual(512);
  expect(allowedDecisions).toEqual(["allow-once", "deny"]);
});

test.each([
  { decision: "allow-once", choice: "once" },
  { decision: "allow-always", choice: "always" },
  { decision: "deny", choice: "deny" },
  { decision: null, choice: undefined },
  { decision: "maybe", choice: undefined },
])("its decision is a choice of ours: $decision", async ({ decision, choice }) => {
  accepts(decision);
  const { operator } = await ask();
  expect(await operator?.decided).toBe(choice);
  expect(gateway.calls[1]).toMatchObject({ params: { id: "plugin:1" } });
});

describe("a rule that Codex would keep", () => {
  test("is what “always” means in its message, which shows it, if there is no other", async () => {
    accepts("allow-always");
    const { operator } = await ask(ruleQuestion(["npm", "publish"]));
    expect(gateway.calls[0]?.params).toMatchObject({
      description: expect.stringContaining(
        "“Always” allows for good, in every thread, without asking and outside the sandbox: commands that begin with npm publish\n",
      ),
      allowedDecisions: ["allow-once", "allow-always", "deny"],
    });
    expect(await operator?.decided).toBe("rule");
  });

  test("is chosen by typing if “always” is for the thread", async () => {
    accepts("allow-always");
    const { operator } = await ask(ruleQuestion(["npm"], ["acceptForSession"]));
    expect(gateway.calls[0]?.params["description"]).toContain(
      "If an owner sends `/codexchat approve 0badca rule` in Codex's chat, it allows for good, in every thread: commands that begin with npm",
    );
    expect(await operator?.decided).toBe("always");
  });

  test("that was chosen elsewhere counts as a single yes in its message", async () => {
    accepts(null);
    const { operator } = await ask(ruleQuestion(["npm"]));
    await operator?.withdraw("rule");
    expect(gateway.resolved).toMatchObject([{ decision: "allow-once" }]);
  });
});

test.each([{ id: "plugin:1", decision: null }, { status: "accepted" }, undefined, "no"])(
  "where it has nobody to ask there is no operator: %o",
  async (answer) => {
    gateway.answers.set("plugin.approval.request", async () => answer);
    expect((await ask()).operator).toBeUndefined();
    expect(gateway.calls).toHaveLength(1);
  },
);

test("where it refuses to ask, that is the caller's to know", async () => {
  gateway.answers.set("plugin.approval.request", () => Promise.reject(new Error("closed")));
  await expect(ask()).rejects.toThrow("closed");
});

describe("whom the operator has named", () => {
  test.each([
    { sections: OWNED, asked: true },
    { sections: { approvals: { plugin: { enabled: true, mode: "session" } } }, asked: true },
    { sections: {}, asked: false },
    { sections: { commands: { ownerAllowFrom: [] } }, asked: false },
    { sections: { approvals: { plugin: { enabled: false } } }, asked: false },
  ])(
    "decides whether OpenClaw is asked, which would take any open tab for somebody: $sections",
    async ({ sections, asked }) => {
      accepts("deny");
      const { operator } = await ask(commandQuestion(), sections);
      expect(operator !== undefined).toBe(asked);
      expect(gateway.calls.length > 0).toBe(asked);
    },
  );
});

describe("a question that ended elsewhere", () => {
  test.each([
    { choice: "once", decision: "allow-once" },
    { choice: "deny", decision: "deny" },
    { choice: "option-3", decision: "deny" },
  ] as const)("is withdrawn with its outcome: $choice", async ({ choice, decision }) => {
    accepts(null);
    const { operator } = await ask();
    await operator?.withdraw(choice);
    expect(gateway.resolved).toMatchObject([
      { approvalId: "plugin:1", approvalKind: "plugin", decision },
    ]);
  });

  test("and cannot be withdrawn is the operator's to know, and nobody else's", async () => {
    accepts(null);
    gateway.answers.set("resolve", () => Promise.reject(new Error("expired")));
    const { host, operator } = await ask();
    await operator?.withdraw("deny");
    expect(host.warnings).toEqual([expect.stringContaining("expired")]);
  });
});
