/** What the page of the audit log says. It runs in a browser, so this needs nothing of Node. */
import type { AuditLine } from "../host/audit-line.js";

export const auditPageWords = {
  title: "Audit log",
  search: "Search the audit log",
  searchHint: "Event, person, chat or outcome",
  again: "Read again",
  failed: (reason: string): string => `The audit log could not be read: ${reason}`,
  count: (shown: number, all: number): string =>
    shown === all ? `the latest ${all}` : `${shown} of the latest ${all}`,
  what: ({ at, event }: AuditLine): string => `${at.slice(0, 19).replace("T", " ")} UTC · ${event}`,
  who: ({ by, channel, senderId, session }: AuditLine): string =>
    [by, channel, senderId, session].filter((part) => part !== undefined).join(" · "),
};
