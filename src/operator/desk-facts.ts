/** What a page can have done in a chat, and what comes of it. */
import * as z from "zod/mini";

/** The subcommands of `/codexchat` that a page has buttons for. */
const DESK_COMMANDS = ["stop", "steer", "approve", "deny", "answer", "queue"] as const;

export type DeskCommand = (typeof DESK_COMMANDS)[number];

export function isDeskCommand(command: string): command is DeskCommand {
  return DESK_COMMANDS.some((known) => known === command);
}

/** What a button was shown for: if that has changed it does nothing. */
export const shownForSchema = z.object({
  threadId: z.optional(z.string()),
  /** The turn that ran. */
  turnId: z.optional(z.string()),
  /** The message that waited. */
  waiting: z.optional(z.string()),
});

export type ShownFor = z.infer<typeof shownForSchema>;

export const actAnswerSchema = z.discriminatedUnion("found", [
  z.object({
    found: z.literal("one"),
    isDone: z.boolean(),
    /** What the chat would be told. */
    said: z.string(),
  }),
  z.object({ found: z.literal("none") }),
  z.object({ found: z.literal("several"), sessions: z.array(z.string()) }),
]);

export type ActAnswer = z.infer<typeof actAnswerSchema>;
