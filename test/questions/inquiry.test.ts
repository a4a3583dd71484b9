/** Codex's requests as its app-server sends them (0.169, with the experimental fields), read as questions. */
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../src/app-server/protocol.js";
import { readCodexInquiry } from "../../src/questions/inquiry.js";
import {
  isAskable,
  type CodexInquiry,
  type CodexQuestion,
  type UnaskableInquiry,
} from "../../src/questions/question.js";

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

function inquire(
  method: string,
  params: unknown,
  filesOf: (itemId: string) => string[] = () => [],
): CodexInquiry | UnaskableInquiry | undefined {
  return readCodexInquiry({ method, params }, filesOf);
}

/** The only question that is asked. */
function read(...asked: Parameters<typeof inquire>): CodexQuestion | undefined {
  const inquiry = inquire(...asked);
  return inquiry && isAskable(inquiry) && inquiry.questions.length === 1
    ? inquiry.questions[0]
    : undefined;
}

const readCommand = (more: Record<string, unknown> = {}): CodexQuestion | undefined =>
  read("item/commandExecution/requestApproval", { ...COMMAND, ...more });

const inquireInput = (...questions: unknown[]): CodexInquiry | UnaskableInquiry | undefined =>
  inquire("item/tool/requestUserInput", {
    ...IDS,
    questions,
    isBlocking: true,
    autoResolutionMs: null,
  });

function questionsOf(inquiry: CodexInquiry | UnaskableInquiry | undefined): CodexQuestion[] {
  return inquiry && isAskable(inquiry) ? inquiry.questions : [];
}

/** What Codex is told when its questions came to this. */
function answered(
  inquiry: CodexInquiry | UnaskableInquiry | undefined,
  results: JsonValue[],
): unknown {
  return inquiry && isAskable(inquiry) ? inquiry.answer(results) : "not asked";
}

/** Each choice's id with what Codex is told. */
function answersOf(question: CodexQuestion | undefined): unknown[][] {
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
    expect(readCommand({ additionalPermissions })?.details).toEqual(
      expect.arrayContaining(["With it: Network access", "With it: Write: /etc"]),
    );
  });

  test("that is typed into a running one says so", () => {
    expect(readCommand({ kind: "writeStdin" })?.title).toBe(
      "Codex wants to type into a running command:",
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

  test("are named, and granted for the turn or the session", () => {
    const question = read("item/permissions/requestApproval", params);
    expect(question).toMatchObject({
      kind: "approval",
      title: "Codex wants more permissions:",
      details: ["Write: /var/log", "Folder: /repo", "Reason: to read the logs"],
      refusal: { result: { permissions: {}, scope: "turn" } },
    });
    expect(answersOf(question)).toEqual([
      ["once", { permissions: { fileSystem }, scope: "turn" }],
      ["always", { permissions: { fileSystem }, scope: "session" }],
    ]);
  });

  test.each([
    {
      condition: "network access",
      permissions: { network: { enabled: true } },
      words: ["Network access"],
    },
    {
      condition: "older lists of folders",
      permissions: { fileSystem: { read: ["/a"], write: ["/b"] } },
      words: ["Read: /a", "Write: /b"],
    },
    {
      condition: "a pattern and a special place",
      permissions: {
        fileSystem: {
          entries: [
            { path: { type: "glob_pattern", pattern: "**/*.env" }, access: "deny" },
            { path: { type: "special", value: { kind: "tmpdir" } }, access: "write" },
          ],
        },
      },
      words: ["Deny: **/*.env", 'Write: {"kind":"tmpdir"}'],
    },
    {
      condition: "what is not known yet",
      permissions: { camera: true, network: { enabled: false, hosts: ["x"] } },
      words: ['hosts: ["x"]', "camera: true"],
    },
  ])("that are $condition are all said", ({ permissions, words }) => {
    const question = read("item/permissions/requestApproval", { ...params, permissions });
    expect(question?.details.slice(0, -2)).toEqual(words);
  });

  test("that are not named cannot be asked", () => {
    expect(
      read("item/permissions/requestApproval", { ...params, permissions: null }),
    ).toBeUndefined();
  });
});

describe("a question of Codex's own", () => {
  test("is asked with its options, explains those that have an explanation, and takes other words", () => {
    const inquiry = inquireInput(INPUT);
    expect(inquiry).toMatchObject({
      questions: [
        {
          kind: "input",
          title: "Which database is it?",
          details: ["Postgres: As in production."],
          choices: [
            { id: "option-0", label: "Postgres", outcome: "Postgres", result: "Postgres" },
            { id: "option-1", label: "SQLite", outcome: "SQLite", result: "SQLite" },
          ],
          refusal: { id: "deny", label: "No answer", result: null },
          readTyped: expect.any(Function),
        },
      ],
    });
    expect(answered(inquiry, ["MySQL"])).toEqual({ answers: { q1: { answers: ["MySQL"] } } });
    expect(answered(inquiry, [null])).toEqual({ answers: {} });
  });

  test("takes only its options where Codex says so", () => {
    const inquiry = inquireInput({ ...INPUT, isOther: false });
    expect(questionsOf(inquiry)[0]?.readTyped).toBeUndefined();
  });

  test("leaves out options without a label, and counts the others through", () => {
    const options = [{ label: " " }, { description: "of nothing" }, ...INPUT.options];
    const [question] = questionsOf(inquireInput({ ...INPUT, options }));
    expect(question?.choices.map(({ id, label }) => [id, label])).toEqual([
      ["option-0", "Postgres"],
      ["option-1", "SQLite"],
    ]);
  });

  test.each([{ options: null }, { options: [] }])(
    "without options is answered in words: %o",
    (more) => {
      const [question] = questionsOf(inquireInput({ ...INPUT, ...more, isOther: false }));
      expect(question?.choices).toEqual([]);
      expect(question?.readTyped?.("Blue Moon")).toMatchObject({ result: "Blue Moon" });
    },
  );

  test("among others is asked after them, and all are answered together", () => {
    const inquiry = inquireInput(INPUT, { ...INPUT, id: "q2" });
    expect(questionsOf(inquiry)).toHaveLength(2);
    expect(answered(inquiry, ["Postgres", "SQLite"])).toEqual({
      answers: { q1: { answers: ["Postgres"] }, q2: { answers: ["SQLite"] } },
    });
  });

  test("that asks for a secret does not belong into a chat, nor do those beside it", () => {
    expect(inquireInput(INPUT, { ...INPUT, id: "q2", isSecret: true })).toEqual({
      title: "Which database is it?",
      reason: expect.stringContaining("secret"),
      answer: { answers: {} },
    });
  });

  test("says how long Codex waits, where it does not wait for ever", () => {
    const params = { ...IDS, questions: [INPUT], autoResolutionMs: 30_000 };
    expect(inquire("item/tool/requestUserInput", params)).toMatchObject({ patienceMs: 30_000 });
    expect(inquireInput(INPUT)).not.toHaveProperty("patienceMs");
  });

  test("is none where nothing is asked", () => {
    expect(inquireInput()).toBeUndefined();
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
  const ask = (more: Record<string, unknown> = {}) =>
    inquire("mcpServer/elicitation/request", { ...FORM, ...more });
  const form = (properties: Record<string, unknown>, required: string[] = []) =>
    ask({ requestedSchema: { type: "object", properties, required } });
  const DECLINED = { action: "decline", content: null };

  test("that a yes or a no answers is asked", () => {
    const [question] = questionsOf(ask());
    expect(question).toMatchObject({
      kind: "approval",
      title: "Allow calendar to run tool “delete_event”?",
      details: ["Tool server: calendar"],
      refusal: { result: DECLINED },
    });
    expect(answersOf(question)).toEqual([["once", { action: "accept", content: {} }]]);
  });

  test.each([["session"], [["session", "always"]]])(
    "about one of its tools shows what the tool is given, and can be settled for the session: %o",
    (persist) => {
      const _meta = {
        codex_approval_kind: "mcp_tool_call",
        persist,
        tool_params: { id: 7 },
        tool_description: "Deletes an event.",
      };
      const [question] = questionsOf(ask({ _meta }));
      expect(question?.details).toEqual([
        'With: {"id":7}',
        "Deletes an event.",
        "Tool server: calendar",
      ]);
      expect(answersOf(question)).toEqual([
        ["once", { action: "accept", content: {} }],
        ["always", { action: "accept", content: {}, _meta: { persist: "session" } }],
      ]);
    },
  );

  test("for one call only is settled once only", () => {
    const [question] = questionsOf(ask({ _meta: { codex_approval_kind: "mcp_tool_call" } }));
    expect(answersOf(question).map(([id]) => id)).toEqual(["once"]);
  });

  test("with a form is asked field by field, and answered together", () => {
    const inquiry = form(
      {
        name: { type: "string", title: "Name", description: "As on the door.", maxLength: 5 },
        kind: { type: "string", enum: ["a", "b"], enumNames: ["First", "Second"] },
        colour: { type: "string", oneOf: [{ const: "r", title: "Red" }] },
        sure: { type: "boolean" },
        count: { type: "integer", minimum: 1, maximum: 9 },
      },
      ["name"],
    );
    const questions = questionsOf(inquiry);
    expect(questions.map(({ details }) => details[0])).toEqual([
      "Name",
      "kind (may be left out)",
      "colour (may be left out)",
      "sure (may be left out)",
      "count (may be left out)",
    ]);
    expect(questions.map((question) => answersOf(question))).toEqual([
      [],
      [
        ["option-0", "a"],
        ["option-1", "b"],
      ],
      [["option-0", "r"]],
      [
        ["option-0", true],
        ["option-1", false],
      ],
      [],
    ]);
    expect(questions[0]?.readTyped?.("too long")).toMatch(/at most 5/);
    expect(questions[4]?.readTyped?.("10")).toMatch(/at least 1, at most 9/);
    expect(questions[4]?.readTyped?.("1.5")).toMatch(/number/);
    expect(questions[4]?.readTyped?.("3")).toMatchObject({ result: 3 });
    expect(answered(inquiry, ["Ann", "b", null, false, 3])).toEqual({
      action: "accept",
      content: { name: "Ann", kind: "b", sure: false, count: 3 },
    });
    expect(answered(inquiry, [null, "b", "r", true, 3])).toEqual(DECLINED);
  });

  test.each([
    { condition: "has a field of many values", asked: form({ tags: { type: "array" } }) },
    {
      condition: "has more fields than anybody fills in on a phone",
      asked: form(
        Object.fromEntries(
          ["a", "b", "c", "d", "e", "f"].map((name) => [name, { type: "string" }]),
        ),
      ),
    },
    { condition: "is a form of another kind", asked: ask({ mode: "openai/form" }) },
    {
      condition: "sends to a page",
      asked: ask({ mode: "url", url: "https://x", elicitationId: "1" }),
    },
    { condition: "wants a verification", asked: ask({ mode: "openai/userVerification" }) },
    {
      condition: "offers to install something",
      asked: ask({ _meta: { codex_approval_kind: "tool_suggestion" } }),
    },
  ])("that $condition is declined in words", ({ asked }) => {
    expect(asked).toMatchObject({
      title: FORM.message,
      reason: expect.any(String),
      answer: DECLINED,
    });
  });

  test("that says nothing is none", () => {
    expect(ask({ message: undefined })).toBeUndefined();
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
  expect(inquire(method, COMMAND)).toBeUndefined();
});

test.each([undefined, null, "text", []])(
  "a request without parameters is no question: %o",
  (params) => {
    expect(inquire("item/commandExecution/requestApproval", params)).toBeUndefined();
  },
);
