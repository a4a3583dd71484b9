/** Reads the audit log back; `audit` writes it. */
import { AUDIT_FILES, auditFile } from "./audit.js";
import { auditLineSchema, type AuditLine } from "./audit-line.js";
import { readPrivateFile } from "./private-files.js";

export type AuditFilter = {
  /** Of one conversation: by the name of its files or the beginning of that, or by the chat's own. */
  about?: string | undefined;
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
  return (await readAuditLog(stateDir, 1, { about: session, event: "bind" })).at(0);
}

/** Undefined for another conversation's or event's, and for one that a crash has cut off. */
function readLine(written: string, { about, event }: AuditFilter): AuditLine | undefined {
  // To parse all of megabytes would hold up the gateway.
  const wanted = [about, event].flatMap((part) =>
    part === undefined ? [] : JSON.stringify(part).slice(1, -1),
  );
  if (written === "" || !wanted.every((part) => written.includes(part))) return undefined;
  try {
    const line = auditLineSchema.parse(JSON.parse(written));
    const fits =
      (about === undefined || line.session.startsWith(about) || isCalled(line, about)) &&
      (event === undefined || line.event === event);
    return fits ? line : undefined;
  } catch {
    return undefined;
  }
}

/** Commands note a chat by its address (`telegram:5001`), decisions by its bare name. */
function isCalled({ chat, channel }: AuditLine, name: string): boolean {
  return chat !== undefined && (chat === name || chat === `${channel}:${name}`);
}
