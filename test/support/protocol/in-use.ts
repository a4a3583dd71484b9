import type { METHODS } from "../../../src/app-server/methods.js";

/** All requests of src/ go through the table: `npm run rooms` checks that. */
type CalledMethod = (typeof METHODS)[keyof typeof METHODS]["name"];

/**
 * All that the plugin sends to Codex, reads of what Codex says and answers to what Codex asks. A new request or field in
 * src goes in here, and test/app-server/protocol-schema.test.ts holds it against the schema of the Codex that is
 * installed.
 *
 * A field is written as its path (see `ProtocolSchema.field`), `#` and its type where that is not a text, and its values:
 * after `=` all that there are, after `~` those that matter here.
 */
export type ProtocolInUse = {
  /** One for each method that is called, as the compiler sees to. */
  readonly requests: Readonly<
    Record<
      CalledMethod | "initialize",
      { readonly sends: readonly string[]; readonly reads: readonly string[] }
    >
  >;
  readonly asked: Readonly<
    Record<
      string,
      {
        readonly reads: readonly string[];
        readonly answers: readonly string[];
        /** Only older versions ask it. */
        readonly mayBeGone?: true;
      }
    >
  >;
  readonly notifications: Readonly<Record<string, readonly string[]>>;
};

const PERMISSIONS = [
  "approvalPolicy~untrusted|on-request|never",
  "approvalsReviewer~user|auto_review",
];
const THREAD_SETTINGS = [
  ...PERMISSIONS,
  "sandbox~read-only|workspace-write|danger-full-access",
  "model",
  "modelProvider",
  "serviceTier",
];
const TURN_SETTINGS = [
  ...PERMISSIONS,
  "sandboxPolicy.type~dangerFullAccess|readOnly|workspaceWrite",
  "sandboxPolicy:readOnly.networkAccess",
  "sandboxPolicy:workspaceWrite.writableRoots",
  "sandboxPolicy:workspaceWrite.networkAccess",
  "sandboxPolicy:workspaceWrite.excludeTmpdirEnvVar",
  "sandboxPolicy:workspaceWrite.excludeSlashTmp",
  "model",
  "serviceTier",
  "effort",
  "personality~friendly|pragmatic|none",
];
const INPUT = [
  "input[]:text.text",
  "input[]:text.text_elements",
  "input[]:localImage.path",
  "input[]:image.url",
  "input[]:skill.name",
  "input[]:skill.path",
];
const THREAD_FACTS = [
  "thread.id",
  "thread.status.type~active",
  "thread.cwd",
  "thread.modelProvider",
  "cwd",
  "model",
  "modelProvider",
];
const THREAD_SUMMARY = ["id", "name", "preview", "cwd", "updatedAt#number"];

const itemFields = (item: string): string[] => [
  `${item}:agentMessage.id`,
  `${item}:agentMessage.text`,
  `${item}:agentMessage.delivery~async`,
  `${item}:agentMessage.questions[].title`,
  `${item}:agentMessage.questions[].options#array`,
  // A partial answer counts as an answer that has no phase: it stands back behind a final one.
  `${item}:agentMessage.phase=commentary|partial_answer|final_answer`,
  `${item}:commandExecution.id`,
  `${item}:commandExecution.command`,
  `${item}:commandExecution.commandActions[].command`,
  `${item}:commandExecution.processId`,
  `${item}:commandExecution.status=inProgress|completed|failed|declined`,
  `${item}:fileChange.id`,
  `${item}:fileChange.status=inProgress|completed|failed|declined`,
  `${item}:fileChange.changes[].path`,
  `${item}:fileChange.changes[].diff`,
  `${item}:fileChange.changes[].kind.type=add|delete|update`,
  `${item}:fileChange.changes[].kind:update.move_path`,
  `${item}:mcpToolCall.server`,
  `${item}:mcpToolCall.tool`,
  `${item}:dynamicToolCall.namespace`,
  `${item}:dynamicToolCall.tool`,
  `${item}:webSearch.query`,
  `${item}:webSearch.action:search.query`,
  `${item}:imageView.path`,
  `${item}:sleep.durationMs#number`,
  `${item}:collabAgentToolCall.tool~spawnAgent|wait`,
  `${item}:collabAgentToolCall.prompt`,
  `${item}:subAgentActivity.kind~started`,
  `${item}:subAgentActivity.agentPath`,
];
const errorFields = (error: string): string[] => [
  `${error}.message`,
  `${error}.codexErrorInfo~unauthorized|usageLimitExceeded|rateLimitExceeded|contextWindowExceeded|serverOverloaded|modelNotFound`,
];
const turnFields = (turn: string): string[] => [
  `${turn}.id`,
  `${turn}.status=completed|interrupted|failed|inProgress`,
  ...errorFields(`${turn}.error`),
  ...itemFields(`${turn}.items[]`),
];
const permissionFields = (permissions: string): string[] => [
  `${permissions}.network.enabled#boolean`,
  `${permissions}.fileSystem.entries[].path#object`,
  `${permissions}.fileSystem.entries[].access`,
  `${permissions}.fileSystem.read#array`,
  `${permissions}.fileSystem.write#array`,
];
const APPROVAL = ["decision~accept|acceptForSession|decline"];

export const PROTOCOL_IN_USE: ProtocolInUse = {
  requests: {
    initialize: {
      sends: [
        "clientInfo.name",
        "clientInfo.title",
        "clientInfo.version",
        "capabilities.experimentalApi",
        "capabilities.optOutNotificationMethods",
      ],
      reads: ["userAgent"],
    },
    "account/read": {
      sends: [],
      reads: [
        "requiresOpenaiAuth#boolean",
        "account.type~apiKey|chatgpt",
        "account:chatgpt.planType",
      ],
    },
    "account/login/start": {
      sends: ["type~apiKey|chatgptDeviceCode", "apiKey"],
      reads: ["loginId", "verificationUrl", "userCode"],
    },
    "account/login/cancel": { sends: ["loginId"], reads: [] },
    "account/logout": { sends: [], reads: [] },
    "account/usage/read": {
      sends: [],
      reads: [
        "summary.lifetimeTokens#number",
        "dailyUsageBuckets[].startDate",
        "dailyUsageBuckets[].tokens#number",
      ],
    },
    "account/rateLimitResetCredit/consume": {
      sends: ["idempotencyKey"],
      reads: ["outcome=reset|nothingToReset|noCredit|alreadyRedeemed"],
    },
    "account/rateLimits/read": {
      sends: ["excludeResetCreditDetails"],
      reads: [
        "rateLimitResetCredits.availableCount#number",
        ...["primary", "secondary"].flatMap((window) => [
          `rateLimits.${window}.usedPercent#number`,
          `rateLimits.${window}.windowDurationMins#number`,
          `rateLimits.${window}.resetsAt#number`,
        ]),
      ],
    },
    "thread/start": {
      sends: [
        "cwd",
        "developerInstructions",
        "dynamicTools[]:function.name",
        "dynamicTools[]:function.description",
        "dynamicTools[]:function.inputSchema",
        ...THREAD_SETTINGS,
      ],
      reads: THREAD_FACTS,
    },
    "thread/resume": {
      sends: ["threadId", "excludeTurns", ...THREAD_SETTINGS],
      reads: [...THREAD_FACTS, "collaborationMode.mode=plan|default"],
    },
    "thread/fork": {
      sends: [
        "threadId",
        "excludeTurns",
        "lastTurnId",
        "developerInstructions",
        ...THREAD_SETTINGS,
      ],
      reads: THREAD_FACTS,
    },
    "thread/revert": { sends: ["threadId", "beforeTurnId"], reads: ["thread.id"] },
    "thread/sample": {
      sends: ["threadId", "expectedTurnId", "prompt", "allowInProgressTurn"],
      reads: ["text"],
    },
    "thread/sample/cancel": { sends: ["requestId"], reads: [] },
    "thread/read": {
      sends: ["threadId", "includeTurns"],
      reads: [
        ...turnFields("thread.turns[]"),
        "thread.name",
        "thread.preview",
        "thread.cwd",
        "thread.status.type~active",
      ],
    },
    "thread/turns/list": {
      sends: ["threadId", "limit", "sortDirection~desc", "itemsView~full", "cursor"],
      reads: [...turnFields("data[]"), "data[].items[]:userMessage.clientId", "nextCursor"],
    },
    "thread/unsubscribe": { sends: ["threadId"], reads: [] },
    "thread/loaded/list": { sends: [], reads: ["data[]"] },
    "thread/backgroundTerminals/list": {
      sends: ["threadId", "limit"],
      reads: ["data[].processId", "data[].command"],
    },
    "thread/backgroundTerminals/terminate": { sends: ["threadId", "processId"], reads: [] },
    "thread/backgroundTerminals/clean": { sends: ["threadId"], reads: [] },
    "thread/list": {
      sends: ["limit", "sortKey~updated_at", "modelProviders"],
      reads: THREAD_SUMMARY.map((field) => `data[].${field}`),
    },
    "thread/search": {
      sends: ["searchTerm", "limit", "sortKey~updated_at"],
      reads: THREAD_SUMMARY.map((field) => `data[].thread.${field}`),
    },
    "thread/name/set": { sends: ["threadId", "name"], reads: [] },
    "thread/compact/start": { sends: ["threadId"], reads: [] },
    "thread/settings/update": { sends: ["threadId", ...TURN_SETTINGS], reads: [] },
    "turn/start": {
      sends: [
        "threadId",
        "clientUserMessageId",
        "cwd",
        ...INPUT,
        ...TURN_SETTINGS,
        "collaborationMode.mode=plan|default",
        "collaborationMode.settings.model",
        "collaborationMode.settings.reasoning_effort",
        "collaborationMode.settings.developer_instructions",
      ],
      reads: ["turn.id", "turn.status=completed|interrupted|failed|inProgress"],
    },
    "turn/steer": {
      sends: ["threadId", "expectedTurnId", "clientUserMessageId", ...INPUT],
      reads: [],
    },
    "turn/interrupt": { sends: ["threadId", "turnId"], reads: [] },
    "review/start": {
      sends: [
        "threadId",
        "target.type~uncommittedChanges|baseBranch|commit|custom",
        "target:baseBranch.branch",
        "target:commit.sha",
        "target:commit.title",
        "target:custom.instructions",
      ],
      reads: ["turn.id"],
    },
    "thread/goal/get": { sends: ["threadId"], reads: ["goal.objective"] },
    "thread/goal/set": {
      sends: ["threadId", "origin~user|automatic", "objective", "status~active|paused"],
      reads: ["goal.objective"],
    },
    "thread/goal/clear": { sends: ["threadId", "origin~user"], reads: ["cleared#boolean"] },
    "model/list": {
      sends: ["includeHidden", "modelProvider", "cursor"],
      reads: [
        "nextCursor",
        "data[].id",
        "data[].model",
        "data[].isDefault#boolean",
        "data[].hidden#boolean",
        "data[].supportedReasoningEfforts[].reasoningEffort",
        "data[].defaultReasoningEffort",
        "data[].serviceTiers[].name",
        "data[].supportsPersonality#boolean",
      ],
    },
    "thread/approveGuardianDeniedAction": { sends: ["threadId", "event"], reads: [] },
    "skills/list": {
      sends: ["cwds"],
      reads: [
        "data[].skills[].name",
        "data[].skills[].description",
        "data[].skills[].path",
        "data[].skills[].enabled#boolean",
      ],
    },
    "mcpServerStatus/list": {
      sends: ["detail~toolsAndAuthOnly", "limit", "threadId"],
      reads: [
        "data[].name",
        "data[].runtimeStatus=notStarted|starting|connected|authenticationRequired|failed|cancelled|disabled",
        "data[].tools#object",
        "data[].toolsError",
        "data[].authStatus~notLoggedIn",
      ],
    },
    "mcpServer/oauth/login": {
      sends: ["name", "timeoutSecs"],
      reads: ["authorizationUrl", "loginId"],
    },
    "config/mcpServer/reload": { sends: [], reads: [] },
  },

  asked: {
    "item/commandExecution/requestApproval": {
      reads: [
        "threadId",
        "kind~writeStdin",
        "command",
        "cwd",
        "reason",
        "networkApprovalContext.host",
        "availableDecisions#array",
        ...permissionFields("additionalPermissions"),
      ],
      answers: APPROVAL,
    },
    "item/fileChange/requestApproval": {
      reads: ["threadId", "itemId", "grantRoot", "reason"],
      answers: APPROVAL,
    },
    "item/permissions/requestApproval": {
      reads: ["threadId", "cwd", "reason", ...permissionFields("permissions")],
      answers: ["permissions", "scope~turn|session"],
    },
    "item/tool/requestUserInput": {
      reads: [
        "threadId",
        "autoResolutionMs#number",
        "questions[].id",
        "questions[].question",
        "questions[].isSecret#boolean",
        "questions[].isOther#boolean",
        "questions[].options[].label",
        "questions[].options[].description",
      ],
      answers: ["answers"],
    },
    "mcpServer/elicitation/request": {
      reads: [
        "threadId",
        "serverName",
        "message",
        "title",
        "mode~form|url",
        "_meta#object",
        "requestedSchema#object",
      ],
      answers: ["action~accept|decline", "content", "_meta"],
    },
    "item/tool/call": {
      reads: ["threadId", "callId", "namespace", "tool", "arguments"],
      answers: ["contentItems[]:inputText.text", "success"],
    },
    "currentTime/read": { reads: ["threadId"], answers: ["currentTimeAt"], mayBeGone: true },
    // Left from an older protocol and not asked of threads. The refusal that they are answered with, `denied`, is
    // worded otherwise in 0.169, which has no refusal that all versions take.
    execCommandApproval: { reads: ["conversationId"], answers: ["decision"] },
    applyPatchApproval: { reads: ["conversationId"], answers: ["decision"] },
    // These two are answered with an error, whatever they hold.
    "account/chatgptAuthTokens/refresh": { reads: [], answers: [] },
    "attestation/generate": { reads: [], answers: [] },
  },

  notifications: {
    "account/login/completed": ["loginId", "success#boolean", "error"],
    configWarning: ["summary", "details", "path"],
    error: ["threadId", "turnId", "willRetry#boolean", ...errorFields("error")],
    "turn/started": ["threadId", "turn.id", "turn.rootTurnId"],
    "turn/completed": ["threadId", ...turnFields("turn")],
    "turn/plan/updated": [
      "threadId",
      "turnId",
      "plan[].step",
      "plan[].status=pending|inProgress|completed",
    ],
    "item/started": ["threadId", "turnId", ...itemFields("item")],
    "item/completed": ["threadId", "turnId", ...itemFields("item")],
    "item/agentMessage/delta": ["threadId", "turnId", "itemId", "delta"],
    "item/commandExecution/outputDelta": ["threadId"],
    "serverRequest/resolved": ["threadId", "requestId"],
    "thread/goal/updated": [
      "threadId",
      "goal.objective",
      "goal.status=active|paused|blocked|usageLimited|budgetLimited|complete",
      "goal.tokensUsed#number",
      "goal.timeUsedSeconds#number",
      "goal.createdAt#number",
    ],
    "thread/goal/cleared": ["threadId"],
    "item/autoApprovalReview/completed": [
      "threadId",
      "turnId",
      "reviewId",
      "review.status=inProgress|approved|denied|timedOut|aborted",
      "review.rationale",
      "action:command.command",
      "action:execve.argv#array",
      "action:writeStdin.stdin",
      "action:applyPatch.files#array",
      "action:networkAccess.target",
      "action:mcpToolCall.server",
      "action:mcpToolCall.toolName",
      "action:requestPermissions.reason",
    ],
    guardianWarning: ["threadId", "message"],
    "account/rateLimits/updated": ["primary", "secondary"].flatMap((window) => [
      `rateLimits.${window}.usedPercent#number`,
      `rateLimits.${window}.windowDurationMins#number`,
      `rateLimits.${window}.resetsAt#number`,
    ]),
    "mcpServer/oauthLogin/completed": ["name", "loginId", "success#boolean", "error"],
    "mcpServer/startupStatus/updated": [
      "threadId",
      "name",
      "status=starting|ready|failed|cancelled",
      "error",
      "failureReason~reauthenticationRequired",
    ],
    "model/rerouted": ["threadId", "turnId", "fromModel", "toModel"],
    "thread/status/changed": ["threadId", "status.type~idle|active|notLoaded|systemError"],
    "thread/closed": ["threadId"],
    "thread/settings/updated": ["threadId", "threadSettings.collaborationMode.mode=plan|default"],
    "thread/tokenUsage/updated": [
      "threadId",
      "tokenUsage.last.totalTokens#number",
      "tokenUsage.modelContextWindow#number",
    ],
  },
};
