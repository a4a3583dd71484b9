/** Reads the audit log back; `audit` writes it. */
import * as z from "zod/mini";
import { AUDIT_FILES, auditFile } from "./audit.js";
import { readPrivateFile } from "./private-files.js";

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

export type AuditFilter = {
  /** Of one conversation, by the name of its files. */
  session?: string | undefined;
  event?: string | undefined;
};

/** The newest lines that fit, the newest last. @throws file-system errors */
export async function readAuditLog(
  stateDir: string,
  limit: number,
  filter: AuditFilter = {},
): Promise<AuditLine[]> {
  const lines: AuditLine[] = [];
  for (let number = 0; number < AUDIT_FILES && lines.length < limit; number += 1) {
    const file = number === 0 ? auditFile(stateDir) : `${auditFile(stateDir)}.${number}`;
    // oxlint-disable-next-line no-await-in-loop -- The older ones are mostly not needed.
    const written = ((await readPrivateFile(file)) ?? "").split("\n");
    for (let at = written.length - 1; at >= 0 && lines.length < limit; at -= 1) {
      const line = readLine(written[at] ?? "", filter);
      if (line) lines.push(line);
    }
  }
  return lines.toReversed();
}

/** The last bind of a conversation that is still in the log. @throws file-system errors */
export async function lastBindOf(
  stateDir: string,
  session: string,
): Promise<AuditLine | undefined> {
  return (await readAuditLog(stateDir, 1, { session, event: "bind" })).at(0);
}

/** Undefined for another conversation's or event's, and for one that a crash has cut off. */
function readLine(written: string, { session, event }: AuditFilter): AuditLine | undefined {
  // To parse all of megabytes would hold up the gateway.
  if (written === "" || (session !== undefined && !written.includes(JSON.stringify(session))))
    return undefined;
  if (event !== undefined && !written.includes(JSON.stringify(event))) return undefined;
  try {
    const line = auditLineSchema.parse(JSON.parse(written));
    const fits =
      (session === undefined || line.session === session) &&
      (event === undefined || line.event === event);
    return fits ? line : undefined;
  } catch {
    return undefined;
  }
}
