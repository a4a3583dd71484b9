/** A line of the audit log, for whoever reads one: also for the page in the browser, so it needs nothing of Node. */
import * as z from "zod/mini";

const text = z.optional(z.string());

/** A line as any version has written it. */
export const auditLineSchema = z.object({
  at: z.string(),
  event: z.string(),
  session: z.string(),
  by: text,
  channel: text,
  accountId: text,
  senderId: text,
  chat: text,
  outcome: text,
  text,
  sha256: text,
});

export type AuditLine = z.infer<typeof auditLineSchema>;
