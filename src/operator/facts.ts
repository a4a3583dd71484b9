/**
 * What the operator is shown of the bound chats: the shapes of `openclaw codexchat … --json`, of the gateway's answers to
 * it, and of whatever else shows them. Fields are added, never renamed: scripts read them (docs/cli.md).
 */
import * as z from "zod/mini";
import { auditLineSchema } from "../host/audit-line.js";

export const OPERATOR_METHODS = {
  list: "codexchat.list",
  show: "codexchat.show",
  thread: "codexchat.thread",
  detach: "codexchat.detach",
  act: "codexchat.act",
  say: "codexchat.say",
  audit: "codexchat.audit",
  doctor: "codexchat.doctor",
} as const;

export type OperatorMethod = (typeof OPERATOR_METHODS)[keyof typeof OPERATOR_METHODS];

const maybe = <T>(schema: z.ZodMiniType<T>) => z.optional(schema);

/**
 * - `lost`: the chat is bound, but its thread is not known or cannot be read.
 * - `stranded`: a thread is kept for a chat that OpenClaw does not have bound.
 * - `asked`: OpenClaw asks in the chat whether it may be bound.
 * - `unknown`: only the gateway knows, and it was not asked.
 */
const CHAT_STATES = [
  "idle",
  "running",
  "asks",
  "goal",
  "held",
  "waiting",
  "lost",
  "stranded",
  "asked",
  "unknown",
] as const;

export const boundChatSchema = z.object({
  /** Names the chat in these commands. */
  session: z.string(),
  channel: z.string(),
  account: maybe(z.string()),
  /** The chat as its channel names it: in a private chat the person's id. Absent where nothing tells it. */
  chat: maybe(z.string()),
  thread: maybe(z.string()),
  title: maybe(z.string()),
  folder: maybe(z.string()),
  /** The name of a named server; else `local`, or the host of the app-server's address. */
  server: maybe(z.string()),
  state: z.catch(z.enum(CHAT_STATES), "unknown"),
  runningMs: maybe(z.number()),
  /** Messages that wait behind the one that is being answered. */
  waiting: maybe(z.number()),
  /** Ids of the questions that Codex has open there. */
  questions: maybe(z.array(z.string())),
  goal: maybe(z.object({ status: z.string(), turns: z.number() })),
  /** Milliseconds since 1970. */
  lastActivityAt: maybe(z.number()),
});

export type BoundChat = z.infer<typeof boundChatSchema>;

export const chatDetailsSchema = z.extend(boundChatSchema, {
  boundAt: maybe(z.string()),
  /** Who had it bound, as far as the audit log still tells. */
  boundBy: maybe(z.string()),
  model: maybe(z.string()),
  effort: maybe(z.string()),
  /** ask, guardian, yolo, or custom. */
  permissions: maybe(z.string()),
  plan: maybe(z.boolean()),
  agents: maybe(z.array(z.string())),
  /** Why the thread's file cannot be read. */
  problem: maybe(z.string()),
});

export type ChatDetails = z.infer<typeof chatDetailsSchema>;

export const chatListSchema = z.object({ chats: z.array(boundChatSchema) });

/** What an open page hears: look again at these chats, or at all of them. */
export const CHANGED_EVENT = "changed";
export const changedSchema = z.object({ sessions: maybe(z.array(z.string())) });

/** What a name that somebody has typed comes to, if it is not one chat's. */
const noChatSchema = z.object({ found: z.literal("none") });
const severalChatsSchema = z.object({ found: z.literal("several"), sessions: z.array(z.string()) });

export type NotOneChat = z.infer<typeof noChatSchema> | z.infer<typeof severalChatsSchema>;

export const chatAnswerSchema = z.discriminatedUnion("found", [
  z.object({ found: z.literal("one"), chat: chatDetailsSchema }),
  noChatSchema,
  severalChatsSchema,
]);

export type ChatAnswer = z.infer<typeof chatAnswerSchema>;

const detachedSchema = z.object({
  session: z.string(),
  /** The thread that is kept. */
  thread: maybe(z.string()),
  /** Whether something ran there and is being stopped. */
  stopped: z.boolean(),
});

export type DetachedChat = z.infer<typeof detachedSchema>;

export const detachAnswerSchema = z.discriminatedUnion("found", [
  z.object({ found: z.literal("one"), detached: detachedSchema }),
  noChatSchema,
  severalChatsSchema,
]);

export type DetachAnswer = z.infer<typeof detachAnswerSchema>;

export const auditAnswerSchema = z.object({ lines: z.array(auditLineSchema) });

export const doctorAnswerSchema = z.object({
  /** Nothing needs action. */
  ok: z.boolean(),
  /** What was looked at, in a line. */
  about: z.string(),
  openclaw: maybe(z.string()),
  codex: maybe(z.string()),
  findings: z.array(
    z.object({
      check: z.string(),
      /** `note`: nothing has to be done about it. */
      level: z.enum(["action", "note"]),
      session: maybe(z.string()),
      problem: z.string(),
      run: z.string(),
    }),
  ),
});

export type DoctorAnswer = z.infer<typeof doctorAnswerSchema>;
