/** Codex's requests as its app-server sends them (0.169, with the experimental fields), read as questions. */
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../src/app-server/protocol.js";
import type { FileChanges } from "../../src/questions/changed-files.js";
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
  changesOf: FileChanges["of"] = () => undefined,
): CodexInquiry | UnaskableInquiry | undefined {
  return readCodexInquiry({ method, params }, REFUSED, changesOf);
}

/** Stands for the refusal that the request has. */
const REFUSED = "refused";

/** All that is known about a question: what it grants, then what is said beside. */
function linesOf(question: CodexQuestion | undefined): string[] {
  const beside = question?.facts.map(({ label, text }) =>
    label === undefined ? text : `${label}: ${text}`,
  );
  return [...(question?.grant ?? []), ...(beside ?? [])];
}

/** The only question that is asked. */
function read(...asked: Parameters<typeof inquire>): CodexQuestion | undefined {
  const inquiry = inquire(...asked);
  return inquiry && isAskable(inquiry) && inquiry.questions.length === 1
    ? inquiry.questions[0]
    : undefined;
}

const inquireCommand = (more: Record<string, unknown>): ReturnType<typeof inquire> =>
  inquire("item/commandExecution/requestApproval", { ...COMMAND, ...more });

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
  test("is shown without its shell, with its folder and its reason", () => {
    expect(readCommand()).toMatchObject({
      kind: "approval",
      title: "Codex wants to run a command:",
      grant: ["npm publish"],
      facts: [
        { label: "Folder", text: "/repo", weight: "place" },
        { label: "Reason", text: "it writes outside of the workspace", weight: "reason" },
      ],
    });
  });

  test("of an older Codex, that names neither folder nor reason, is shown alone", () => {
    const question = read("item/commandExecution/requestApproval", { ...IDS, command: "ls" });
    expect(linesOf(question)).toEqual(["ls"]);
    expect(answersOf(question)).toHaveLength(2);
  });

  test("does not hide the permissions that come with it", () => {
    const additionalPermissions = {
      network: { enabled: true },
      fileSystem: { read: null, write: ["/etc"] },
    };
    expect(readCommand({ additionalPermissions })?.facts).toEqual(
      expect.arrayContaining([
        { label: "Also allows", text: "Network access", weight: "grant" },
        { label: "Also allows", text: "Write: /etc", weight: "grant" },
      ]),
    );
  });

  test("that is typed into a running one says so", () => {
    expect(readCommand({ kind: "writeStdin" })?.title).toBe(
      "Codex wants to type into a running command:",
    );
  });

  test("that is for another machine names it", () => {
    expect(readCommand({ environmentId: "devbox" })?.facts).toContainEqual({
      label: "Machine",
      text: "devbox",
      weight: "place",
    });
  });

  test("that needs the network names the host", () => {
    const networkApprovalContext = { host: "registry.npmjs.org", protocol: "https" };
    expect(readCommand({ networkApprovalContext })).toMatchObject({
      title: "Codex wants network access for a command:",
      facts: expect.arrayContaining([
        { label: "Host", text: "https registry.npmjs.org", weight: "grant" },
      ]),
    });
  });

  test("of several lines has all but the first marked, so that none passes for a line of ours", () => {
    const command = "x\nFolder: /safe\nReason: tests";
    expect(readCommand({ command })?.grant).toEqual(["x\n│ Folder: /safe\n│ Reason: tests"]);
  });

  test("that comes in words shows its script too", () => {
    expect(readCommand({ command: ["/bin/zsh", "-lc", "ls 'a b'"] })?.grant).toEqual(["ls 'a b'"]);
  });

  test.each([{ command: null }, { command: "" }, { command: " \n" }, { command: [] }])(
    "that does not say what it is cannot be allowed: %o",
    (more) => {
      expect(inquireCommand(more)).toEqual({
        title: "Codex asks for something",
        reason: "Codex does not say what it is about.",
        answer: REFUSED,
      });
    },
  );
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
      condition: "a rule for all threads is offered: not to everybody",
      availableDecisions: ["accept", amendment, "cancel"],
      choices: [ONCE],
    },
    {
      condition: "a rule for the network is offered: not to everybody",
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

  test.each([
    {
      offered: amendment,
      grants: "commands that begin with npm publish",
    },
    {
      offered: {
        acceptWithExecpolicyAmendment: {
          execpolicy_amendment: ["bash", "-c", "rm x; ls\nid", "a b"],
        },
      },
      grants: String.raw`commands that begin with bash -c "rm x; ls\nid" "a b"`,
    },
    { offered: network, grants: "network access to example.com" },
  ])("by the gateway's owners: for good, by exactly this rule: $grants", ({ offered, grants }) => {
    const { forOwners } = readCommand({ availableDecisions: ["accept", offered] }) ?? {};
    expect(forOwners).toMatchObject({
      id: "rule",
      grants,
      outcome: `Allowed for good: ${grants}`,
      result: { decision: offered },
    });
  });

  test.each([
    { acceptWithExecpolicyAmendment: { execpolicy_amendment: [] } },
    { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["x".repeat(300)] } },
    { acceptWithExecpolicyAmendment: { execpolicy_amendment: "npm" } },
    { applyNetworkPolicyAmendment: { network_policy_amendment: { host: "a", action: "deny" } } },
    { somethingNew: { execpolicy_amendment: ["npm"] } },
  ])("no rule that says nothing, or more than can be shown: %j", (offered) => {
    expect(readCommand({ availableDecisions: ["accept", offered] })).not.toHaveProperty(
      "forOwners",
    );
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

describe("a change of files", () => {
  const CHANGES = [
    {
      path: "/etc/hosts",
      kind: { type: "update", move_path: null },
      diff: "@@ -1 +1 @@\n-a\n+b\n",
    },
    { path: "/etc/motd", kind: { type: "delete" }, diff: "Welcome\n" },
  ];
  const ask = (changes: typeof CHANGES | undefined, more: Record<string, unknown> = {}) =>
    inquire(
      "item/fileChange/requestApproval",
      { ...IDS, reason: "outside of the workspace", grantRoot: null, ...more },
      (itemId) => (itemId === "item-1" ? changes : []),
    );

  test("shows all its files, then what is done to each", () => {
    const [question] = questionsOf(ask(CHANGES));
    expect(question).toMatchObject({
      kind: "approval",
      title: "Codex wants to change files:",
      grant: [
        "update /etc/hosts\ndelete /etc/motd",
        "update /etc/hosts\n│ @@ -1 +1 @@\n│ -a\n│ +b\ndelete /etc/motd\n│ Welcome",
      ],
      refusal: { result: { decision: "decline" } },
    });
    expect(linesOf(question).at(-1)).toBe("Reason: outside of the workspace");
    expect(answersOf(question)).toEqual([
      ["once", { decision: "accept" }],
      ["always", { decision: "acceptForSession" }],
    ]);
  });

  test("says what “always” means for files", () => {
    expect(linesOf(questionsOf(ask(CHANGES))[0])).toContain(
      "“Always” also allows later changes to these files without asking.",
    );
  });

  test("that opens a folder says so before all else", () => {
    const [question] = questionsOf(ask(CHANGES, { grantRoot: "/etc" }));
    expect(question?.facts[0]).toEqual({
      label: "Write access below",
      text: "/etc",
      weight: "grant",
    });
  });

  test("that nothing is known of cannot be allowed, whatever folder it would open", () => {
    for (const more of [{}, { grantRoot: "/etc" }]) {
      expect(ask(undefined, more)).toMatchObject({ reason: expect.any(String), answer: REFUSED });
    }
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
      grant: ["Write: /var/log"],
      facts: [
        { label: "Folder", text: "/repo", weight: "place" },
        { label: "Reason", text: "to read the logs", weight: "reason" },
      ],
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
      words: ["Write: /b", "Read: /a"],
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
      words: ["camera: true", 'hosts: ["x"]'],
    },
    {
      condition: "narrow ones before a wide one",
      permissions: {
        fileSystem: {
          read: ["/etc"],
          write: [
            ...Array.from({ length: 3 }, (_, index) => `/repo/logs/${index}`),
            "/tmp/..",
            "/var",
          ],
          entries: [{ path: { type: "special", value: { kind: "root" } }, access: "write" }],
          globScanMaxDepth: 3,
        },
      },
      words: [
        'Write: {"kind":"root"}',
        "Write: /tmp/..",
        "Write: /var",
        "Write: /repo/logs/0",
        "Write: /repo/logs/1",
        "Write: /repo/logs/2",
        "Read: /etc",
        "globScanMaxDepth: 3",
      ],
    },
  ])("that are $condition are all said, the widest first", ({ permissions, words }) => {
    const question = read("item/permissions/requestApproval", { ...params, permissions });
    expect(question?.grant.join("\n").split("\n")).toEqual(words);
  });

  test.each([null, {}, { network: null, fileSystem: { read: null, write: [] } }])(
    "that are not named cannot be allowed: %o",
    (permissions) => {
      expect(inquire("item/permissions/requestApproval", { ...params, permissions })).toMatchObject(
        {
          reason: expect.any(String),
          answer: REFUSED,
        },
      );
    },
  );
});

describe("a question of Codex's own", () => {
  test("is asked with its options, explains those that have an explanation, and takes other words", () => {
    const inquiry = inquireInput(INPUT);
    expect(inquiry).toMatchObject({
      questions: [
        {
          kind: "input",
          title: "Which database is it?",
          grant: [],
          facts: [{ label: "Postgres", text: "As in production.", weight: "reason" }],
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

  test("that takes only its options can be one on which Codex acts: owners see it first", () => {
    const inquiry = inquireInput({ ...INPUT, isOther: false });
    const [first, question] = questionsOf(inquiry);
    expect(first).toMatchObject({
      kind: "approval",
      title: "Codex wants an answer from this chat:",
      grant: ["Which database is it?", "As in production.\n│ Postgres\n│ SQLite"],
      ownersOnly: true,
    });
    expect(question).toMatchObject({ kind: "input", title: "Which database is it?" });
    expect(question?.readTyped).toBeUndefined();
    expect(answered(inquiry, [true, "SQLite"])).toEqual({
      answers: { q1: { answers: ["SQLite"] } },
    });
    expect(answered(inquiry, [false, "SQLite"])).toEqual({ answers: {} });
  });

  describe("that lets a tool be used", () => {
    const LABELS = ["Allow", "Allow for this session", "Allow and don't ask me again", "Cancel"];
    const APPROVAL = {
      id: "mcp_tool_call_approval_call-1",
      header: "Approve app tool call?",
      question: "Allow the calendar MCP server to run tool “delete_event”?",
      isOther: false,
      options: LABELS.map((label) => ({ label, description: "" })),
    };

    test("is leave, of which nothing holds for later threads", () => {
      const inquiry = inquireInput(APPROVAL);
      const [question] = questionsOf(inquiry);
      expect(question).toMatchObject({
        kind: "approval",
        title: "Codex asks for approval:",
        grant: [
          "Approve app tool call?\n│ Allow the calendar MCP server to run tool “delete_event”?",
        ],
        refusal: { id: "deny", result: null },
      });
      expect(question?.choices.map(({ id, label, result }) => [id, label, result])).toEqual([
        ["once", "Allow", "Allow"],
        ["always", "Allow for this session", "Allow for this session"],
      ]);
      expect(answered(inquiry, [null])).toEqual({ answers: {} });
    });

    test.each([
      { by: "its id", more: { isOther: true } },
      { by: "its answers", more: { id: "q1" } },
      {
        by: "an answer that says yes",
        more: { id: "q1", options: [{ label: "Yes" }, { label: "No" }] },
      },
    ])("is known by $by", ({ more }) => {
      expect(questionsOf(inquireInput({ ...APPROVAL, ...more }))[0]?.kind).toBe("approval");
    });
  });

  test.each([
    { what: "questions", questions: Array.from({ length: 11 }, () => INPUT) },
    {
      what: "options",
      questions: [{ ...INPUT, options: Array.from({ length: 21 }, () => ({ label: "a" })) }],
    },
  ])("that has more $what than a chat takes is declined in words", ({ questions }) => {
    expect(inquireInput(...questions)).toMatchObject({
      reason: expect.stringContaining("too many"),
    });
  });

  test("leaves out options without a label, and counts the others through", () => {
    const options = [{ label: " " }, { label: "", description: "of nothing" }, ...INPUT.options];
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

  test("is declined in words where nothing is asked", () => {
    expect(inquireInput()).toMatchObject({ reason: expect.any(String), answer: REFUSED });
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
      title: "A tool server asks for approval:",
      grant: ["Allow calendar to run tool “delete_event”?"],
      facts: [{ label: "Tool server", text: "calendar", weight: "place" }],
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
      expect(question?.title).toBe("Codex wants to use a tool:");
      expect(linesOf(question)).toEqual([
        "Allow calendar to run tool “delete_event”?",
        'Input: {"id":7}',
        "Tool server: calendar",
        "The server's description: Deletes an event.",
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
    const [first, ...questions] = questionsOf(inquiry);
    expect(first).toMatchObject({
      kind: "approval",
      title: "A tool server wants answers from this chat:",
      grant: [
        FORM.message,
        "Name\n│ As on the door.\n│ calendar",
        "kind (optional)\n│ calendar\n│ First\n│ Second",
        "colour (optional)\n│ calendar\n│ Red",
        "sure (optional)\n│ calendar\n│ Yes\n│ No",
        "count (optional)\n│ calendar",
      ],
      ownersOnly: true,
    });
    expect(questions.map(({ facts }) => facts[0]?.text)).toEqual([
      "Name",
      "kind (optional)",
      "colour (optional)",
      "sure (optional)",
      "count (optional)",
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
    expect(answered(inquiry, [true, "Ann", "b", null, false, 3])).toEqual({
      action: "accept",
      content: { name: "Ann", kind: "b", sure: false, count: 3 },
    });
    expect(answered(inquiry, [true, null, "b", "r", true, 3])).toEqual(DECLINED);
    expect(answered(inquiry, [false, "Ann", "b", null, false, 3])).toEqual(DECLINED);
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

  test("that says nothing is declined in words", () => {
    expect(ask({ message: undefined })).toMatchObject({ answer: REFUSED });
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

test.each([undefined, null, "text", [], { command: 7 }, { networkApprovalContext: "x" }])(
  "a request in a form that is not known is declined in words: %o",
  (params) => {
    expect(inquire("item/commandExecution/requestApproval", params)).toMatchObject({
      reason: expect.any(String),
      answer: REFUSED,
    });
  },
);
