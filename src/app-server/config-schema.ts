/**
 * The `appServer` part of the plugin's settings. This schema is the one source: the manifest's configSchema
 * and the settings table are checked against it by tests.
 */
import * as z from "zod/mini";

/** setTimeout's own limit: a larger delay would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

export const milliseconds = z.int().check(z.minimum(1), z.maximum(MAX_TIMER_MS));
/** Codex is up again within a second or so, which is a fair price after such a pause, and not between two thoughts. */
export const DEFAULT_IDLE_SHUTDOWN_MS = 10 * 60_000;
const nonBlank = z.string().check(z.regex(/\S/));
/** With a trailing `*`: all that begin so. A `*` alone would pass everything. */
const environmentName = z.string().check(z.regex(/^[^\s=*]+\*?$/));

export const PERMISSION_MODES = ["ask", "guardian", "yolo"] as const;
export const APPROVAL_POLICIES = ["untrusted", "on-request", "never"] as const;
export const SANDBOX_MODES = ["read-only", "workspace-write", "danger-full-access"] as const;
export const APPROVALS_REVIEWERS = ["user", "auto_review"] as const;
export const SERVICE_TIERS = ["fast", "flex"] as const;

export type CodexPermissionMode = (typeof PERMISSION_MODES)[number];
export type CodexApprovalPolicy = (typeof APPROVAL_POLICIES)[number];
export type CodexSandboxMode = (typeof SANDBOX_MODES)[number];
export type CodexApprovalsReviewer = (typeof APPROVALS_REVIEWERS)[number];
export type CodexServiceTier = (typeof SERVICE_TIERS)[number];

export const appServerConfigSchema = z.strictObject({
  mode: z._default(z.enum(PERMISSION_MODES), "ask"),
  transport: z._default(z.enum(["stdio", "websocket"]), "stdio"),
  command: z.optional(nonBlank),
  args: z._default(z.array(z.string()), ["app-server", "--listen", "stdio://"]),
  url: z.optional(z.string().check(z.regex(/^wss?:\/\/\S+$/))),
  authToken: z.optional(nonBlank),
  caFile: z.optional(nonBlank),
  headers: z._default(z.record(z.string(), z.string()), {}),
  passEnv: z._default(z.array(environmentName), []),
  clearEnv: z._default(z.array(nonBlank), []),
  requestTimeoutMs: z._default(milliseconds, 60_000),
  idleShutdownMs: z._default(
    z.int().check(z.minimum(0), z.maximum(MAX_TIMER_MS)),
    DEFAULT_IDLE_SHUTDOWN_MS,
  ),
  maxRunningTurns: z.optional(z.int().check(z.minimum(1), z.maximum(10_000))),
  approvalPolicy: z.optional(z.enum(APPROVAL_POLICIES)),
  sandbox: z.optional(z.enum(SANDBOX_MODES)),
  approvalsReviewer: z.optional(z.enum(APPROVALS_REVIEWERS)),
  serviceTier: z.optional(z.enum(SERVICE_TIERS)),
  defaultWorkspaceDir: z.optional(nonBlank),
  workspaceRoots: z._default(z.array(nonBlank), []),
});

/** The server that `appServer` describes; what the others are called is the operator's. */
export const DEFAULT_SERVER = "default";
/** What a person types after `--on`. */
const serverName = z.string().check(z.regex(/^(?!default$)[\p{L}\p{N}][\p{L}\p{N}._-]{0,39}$/u));
export const serversConfigSchema = z.optional(z.record(serverName, appServerConfigSchema));

export function isServerName(name: string): boolean {
  return serverName.safeParse(name).success;
}

/** What a person types for a folder: short, and nothing that a shell or a chat would read in another way. */
export const projectsConfigSchema = z.optional(
  z.record(z.string().check(z.regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,39}$/u)), nonBlank),
);
export const worktreesDirConfigSchema = z.optional(nonBlank);

/** So many turns a goal may take before the chat is asked. */
const DEFAULT_GOAL_TURNS = 50;

const onOrOff = z.enum(["on", "off"]);

/** Beside `appServer`, since a chat sees them; they go with each thread that is loaded. */
export const goalsConfigSchema = z._default(
  z.union([
    onOrOff,
    z.strictObject({
      mode: z._default(onOrOff, "on"),
      maxTurns: z._default(z.int().check(z.minimum(1), z.maximum(10_000)), DEFAULT_GOAL_TURNS),
    }),
  ]),
  "on",
);
export const agentsConfigSchema = z._default(onOrOff, "on");

/** What the setting `goals` comes to, which can be written in two ways. */
export function goalSettings({ goals }: { goals: z.infer<typeof goalsConfigSchema> }): {
  enabled: boolean;
  maxTurns: number;
} {
  const { mode, maxTurns } =
    typeof goals === "string" ? { mode: goals, maxTurns: DEFAULT_GOAL_TURNS } : goals;
  return { enabled: mode === "on", maxTurns };
}
