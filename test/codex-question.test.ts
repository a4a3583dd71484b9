/** Codex's requests as its app-server sends them (0.169, with the experimental fields), read as questions. */
import { describe, expect, test } from "vitest";
import { readCodexQuestion, type CodexQuestion } from "../src/codex-question.js";

const IDS = { threadId: "thread-1", turnId: "turn-1", itemId: "item-1", startedAtMs: 0 };

const COMMAND = {
  ...IDS,
  kind: "command",
  environmentId: "local",
  approvalId: null,
  reason: "it writes outside of the workspace",
  networkApprovalContext: null,
  command: "/bin/bash -lc 'npm publish'",
  cwd: "/repo",
  commandActions: [{ type: "unknown", command: "npm publish" }],
  additionalPermissions: null,
  proposedExecpolicyAmendment: ["npm", "publish"],
  proposedNetworkPolicyAmendments: null,
  availableDecisions: null,
};

const INPUT = {
  id: "q1",
  header: "Database",
  question: "Which database is it?",
  isOther: true,
  isSecret: false,
  options: [
    { label: "Postgres", description: "As in production." },
    { label: "SQLite", description: "" },
  ],
};

function read(
  method: string,
  params: unknown,
  filesOf: (itemId: string) => string[] = () => [],
): CodexQuestion | undefined {
  return readCodexQuestion({ method, params }, filesOf);
}

const readCommand = (more: Record<string, unknown> = {}): CodexQuestion | undefined =>
  read("item/commandExecution/requestApproval", { ...COMMAND, ...more });
const readInput = (...questions: unknown[]): CodexQuestion | undefined =>
  read("item/tool/requestUserInput", {
    ...IDS,
    questions,
    isBlocking: true,
    autoResolutionMs: null,
  });

/** Each choice's id with what Codex is told. */
function answersOf(question: CodexQuestion | undefined): unknown[] {
  return question?.choices.map(({ id, result }) => [id, result]) ?? [];
}

describe("a command", () => {
  test("is shown with its folder and its reason", () => {
    expect(readCommand()).toMatchObject({
      kind: "approval",
      title: "Codex wants to run a command:",
      details: [
        "/bin/bash -lc 'npm publish'",
        "Folder: /repo",
        "Reason: it writes outside of the workspace",
      ],
    });
  });

  test("of an older Codex, that names neither folder nor reason, is shown alone", () => {
    const question = read("item/commandExecution/requestApproval", { ...IDS, command: "ls" });
    expect(question?.details).toEqual(["ls"]);
    expect(answersOf(question)).toHaveLength(2);
  });

  test("does not hide the permissions that come with it", () => {
    const additionalPermissions = {
      network: { enabled: true },
      fileSystem: { read: null, write: ["/etc"] },
    };
    expect(readCommand({ additionalPermissions })?.details).toContain(
      'More permissions: {"network":{"enabled":true},"fileSystem":{"read":null,"write":["/etc"]}}',
    );
  });

  test("that needs the network names the host", () => {
    const networkApprovalContext = { host: "registry.npmjs.org", protocol: "https" };
    expect(readCommand({ networkApprovalContext })?.title).toBe(
      "Codex wants to reach registry.npmjs.org for a command:",
    );
  });
});

describe("what can be decided about a command", () => {
  const ONCE = ["once", { decision: "accept" }];
  const ALWAYS = ["always", { decision: "acceptForSession" }];
  const amendment = {
    acceptWithExecpolicyAmendment: { execpolicy_amendment: ["npm", "publish"] },
  };
  const network = {
    applyNetworkPolicyAmendment: {
      network_policy_amendment: { host: "example.com", action: "allow" },
    },
  };

  test.each([
    { condition: "nothing is said", availableDecisions: undefined, choices: [ONCE, ALWAYS] },
    { condition: "null is said", availableDecisions: null, choices: [ONCE, ALWAYS] },
    {
      condition: "all is offered",
      availableDecisions: ["accept", "acceptForSession", "decline", "cancel"],
      choices: [ONCE, ALWAYS],
    },
    {
      condition: "a rule for later threads is offered: never it",
      availableDecisions: ["accept", amendment, "cancel"],
      choices: [ONCE],
    },
    {
      condition: "a rule for the network is offered: never it",
      availableDecisions: ["accept", "acceptForSession", network, "cancel"],
      choices: [ONCE, ALWAYS],
    },
    {
      condition: "only the session is offered",
      availableDecisions: ["acceptForSession", "cancel"],
      choices: [ALWAYS],
    },
    {
      condition: "only refusals are offered",
      availableDecisions: ["decline", "cancel"],
      choices: [],
    },
  ])("where $condition", ({ availableDecisions, choices }) => {
    const question = readCommand({ availableDecisions });
    expect(answersOf(question)).toEqual(choices);
    expect(question?.refusal).toMatchObject({ id: "deny", result: { decision: "decline" } });
  });

  test("is named in the words of the chat", () => {
    const question = readCommand();
    expect(question?.choices.map(({ label, outcome }) => [label, outcome])).toEqual([
      ["Allow once", "Allowed once."],
      ["Always for this thread", "Allowed for this thread."],
    ]);
    expect(question?.refusal).toMatchObject({ label: "Deny", outcome: "Denied." });
  });
});

test("a change of files shows the files of its item, the folder it opens and the reason", () => {
  const asked: string[] = [];
  const question = read(
    "item/fileChange/requestApproval",
    { ...IDS, reason: "outside of the workspace", grantRoot: "/etc" },
    (itemId) => {
      asked.push(itemId);
      return ["update /etc/hosts", "delete /etc/motd"];
    },
  );
  expect(asked).toEqual(["item-1"]);
  expect(question).toMatchObject({
    kind: "approval",
    title: "Codex wants to change files:",
    details: [
      "update /etc/hosts",
      "delete /etc/motd",
      "Writing below: /etc",
      "Reason: outside of the workspace",
    ],
    refusal: { result: { decision: "decline" } },
  });
  expect(answersOf(question)).toEqual([
    ["once", { decision: "accept" }],
    ["always", { decision: "acceptForSession" }],
  ]);
});

test("a change of files that nothing is known of is asked all the same", () => {
  const params = { ...IDS, reason: null, grantRoot: null };
  expect(read("item/fileChange/requestApproval", params)).toMatchObject({
    title: "Codex wants to change files:",
    details: [],
  });
});

describe("permissions", () => {
  const fileSystem = {
    read: null,
    write: ["/var/log"],
    entries: [{ path: { type: "path", path: "/var/log" }, access: "write" }],
  };
  const params = {
    ...IDS,
    environmentId: null,
    cwd: "/repo",
    reason: "to read the logs",
    permissions: { network: null, fileSystem },
  };

  test("are shown as they are asked, and granted for the turn or the session", () => {
    const question = read("item/permissions/requestApproval", params);
    expect(question).toMatchObject({
      kind: "approval",
      title: "Codex wants more permissions:",
      details: [JSON.stringify({ fileSystem }), "Folder: /repo", "Reason: to read the logs"],
      refusal: { result: { permissions: {}, scope: "turn" } },
    });
    expect(answersOf(question)).toEqual([
      ["once", { permissions: { fileSystem }, scope: "turn" }],
      ["always", { permissions: { fileSystem }, scope: "session" }],
    ]);
  });

  test("that are not named cannot be asked", () => {
    expect(
      read("item/permissions/requestApproval", { ...params, permissions: null }),
    ).toBeUndefined();
  });
});

describe("a question of Codex's own", () => {
  test("is asked with its options, and explains those that have an explanation", () => {
    const question = readInput(INPUT);
    expect(question).toMatchObject({
      kind: "input",
      title: "Which database is it?",
      details: ["Postgres: As in production."],
      refusal: { id: "deny", label: "No answer", result: { answers: {} } },
    });
    expect(question?.choices).toEqual([
      {
        id: "option-0",
        label: "Postgres",
        outcome: "Postgres",
        result: { answers: { q1: { answers: ["Postgres"] } } },
      },
      {
        id: "option-1",
        label: "SQLite",
        outcome: "SQLite",
        result: { answers: { q1: { answers: ["SQLite"] } } },
      },
    ]);
  });

  test("leaves out options without a label, and counts the others through", () => {
    const options = [{ label: " " }, { description: "of nothing" }, ...INPUT.options];
    expect(readInput({ ...INPUT, options })?.choices.map(({ id, label }) => [id, label])).toEqual([
      ["option-0", "Postgres"],
      ["option-1", "SQLite"],
    ]);
  });

  test.each([
    { condition: "several at once", questions: [INPUT, { ...INPUT, id: "q2" }] },
    { condition: "free text", questions: [{ ...INPUT, options: null }] },
    { condition: "no options to choose from", questions: [{ ...INPUT, options: [] }] },
    { condition: "a secret", questions: [{ ...INPUT, isSecret: true }] },
    { condition: "none at all", questions: [] },
  ])("does not fit into a chat: $condition", ({ questions }) => {
    expect(readInput(...questions)).toBeUndefined();
  });
});

describe("a tool server's question", () => {
  const FORM = {
    threadId: "thread-1",
    turnId: "turn-1",
    serverName: "calendar",
    mode: "form",
    _meta: null,
    message: "Allow calendar to run tool “delete_event”?",
    requestedSchema: { type: "object", properties: {} },
  };

  test("that a yes or a no answers is asked", () => {
    const question = read("mcpServer/elicitation/request", FORM);
    expect(question).toMatchObject({
      kind: "approval",
      title: "Allow calendar to run tool “delete_event”?",
      details: ["Tool server: calendar"],
      refusal: { result: { action: "decline", content: null } },
    });
    expect(answersOf(question)).toEqual([["once", { action: "accept", content: {} }]]);
  });

  test.each([
    {
      condition: "has fields to fill in",
      more: {
        requestedSchema: {
          type: "object",
          properties: { name: { type: "string" } },
          required: ["name"],
        },
      },
    },
    { condition: "is a form of another kind", more: { mode: "openai/form" } },
    { condition: "sends to a page", more: { mode: "url", url: "https://x", elicitationId: "1" } },
    { condition: "wants a verification", more: { mode: "openai/userVerification" } },
    { condition: "says nothing", more: { message: undefined } },
  ])("that $condition is not", ({ more }) => {
    expect(read("mcpServer/elicitation/request", { ...FORM, ...more })).toBeUndefined();
  });
});

test.each([
  "item/tool/call",
  "currentTime/read",
  "execCommandApproval",
  "applyPatchApproval",
  "account/chatgptAuthTokens/refresh",
  "something/new",
])("%s is no question", (method) => {
  expect(read(method, COMMAND)).toBeUndefined();
});

test.each([undefined, null, "text", []])(
  "a request without parameters is no question: %o",
  (params) => {
    expect(read("item/commandExecution/requestApproval", params)).toBeUndefined();
  },
);
