/** What a page is shown of a thread: its shapes on the way to the browser. Texts are as Codex has them, cut where they are long. */
import * as z from "zod/mini";
import { chatDetailsSchema } from "./facts.js";

const maybe = <T>(schema: z.ZodMiniType<T>) => z.optional(schema);

/** A text, and how many characters of it were left out. */
const cutTextSchema = z.object({ text: z.string(), left: maybe(z.number()) });

export type CutText = z.infer<typeof cutTextSchema>;

const fileChangeSchema = z.object({
  path: z.string(),
  kind: z.enum(["add", "delete", "update"]),
  diff: cutTextSchema,
});

const itemSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("asked"), id: z.string(), said: cutTextSchema }),
  z.object({
    kind: z.literal("said"),
    id: z.string(),
    said: cutTextSchema,
    isAnswer: z.boolean(),
  }),
  z.object({ kind: z.literal("thought"), id: z.string(), said: cutTextSchema }),
  z.object({ kind: z.literal("plan"), id: z.string(), said: cutTextSchema }),
  z.object({
    kind: z.literal("command"),
    id: z.string(),
    command: cutTextSchema,
    output: cutTextSchema,
    isRunning: z.boolean(),
    exitCode: maybe(z.number()),
    durationMs: maybe(z.number()),
  }),
  z.object({
    kind: z.literal("change"),
    id: z.string(),
    files: z.array(fileChangeSchema),
    status: z.string(),
  }),
  /** A tool, a search, a sub-agent, a picture: what it was, in a line. */
  z.object({ kind: z.literal("other"), id: z.string(), type: z.string(), about: z.string() }),
]);

export type ThreadItem = z.infer<typeof itemSchema>;

const turnSchema = z.object({
  id: z.string(),
  status: z.string(),
  /** Milliseconds since 1970. */
  startedAt: maybe(z.number()),
  durationMs: maybe(z.number()),
  error: maybe(cutTextSchema),
  items: z.array(itemSchema),
});

export type ThreadTurn = z.infer<typeof turnSchema>;

const questionSchema = z.object({
  /** What a person types to name it. */
  handle: z.string(),
  /** The whole of it, with all that a yes grants. */
  whole: cutTextSchema,
  /** What can be chosen, and how it is typed: the last one says no. */
  choices: z.array(z.object({ typed: z.string(), label: z.string() })),
  takesWords: z.boolean(),
});

export type ThreadQuestion = z.infer<typeof questionSchema>;

const decisionSchema = z.object({
  at: z.string(),
  by: maybe(z.string()),
  senderId: maybe(z.string()),
  outcome: z.string(),
});

export const threadAnswerSchema = z.discriminatedUnion("found", [
  z.object({
    found: z.literal("one"),
    chat: chatDetailsSchema,
    /** The oldest first. */
    turns: z.array(turnSchema),
    /** For the turns before those. */
    earlier: maybe(z.string()),
    /** Why the turns could not be read. */
    problem: maybe(z.string()),
    questions: z.array(questionSchema),
    /** Who decided what, the newest last. */
    decisions: z.array(decisionSchema),
    /** `id` names the message: its number is given to another one later. */
    waiting: z.array(z.object({ number: z.number(), id: z.string(), label: cutTextSchema })),
    /** Nothing that waits begins until it is released, whatever runs now. */
    isHeld: z.boolean(),
    /** The turn that runs, once it has begun in Codex. */
    turnId: maybe(z.string()),
  }),
  z.object({ found: z.literal("none") }),
  z.object({ found: z.literal("several"), sessions: z.array(z.string()) }),
]);

export type ThreadAnswer = z.infer<typeof threadAnswerSchema>;
export type ThreadShown = Extract<ThreadAnswer, { found: "one" }>;

/** What a page that shows a thread hears: something has happened there. */
export const PROGRESS_EVENT = "progress";
