import { describe, expect, test } from "vitest";
import {
  limitPermissions,
  modeOfPermissions,
  permissionsOfMode,
  permits,
  type CodexPermissions,
} from "../../src/app-server/permissions.js";

/** As `policy sandbox reviewer`, the reviewer `user` unless named. */
function parse(text: string): CodexPermissions {
  const [policy, sandbox, reviewer = "user"] = text.split(" ");
  const permissions = { approvalPolicy: policy, sandbox, approvalsReviewer: reviewer };
  if (!isPermissions(permissions)) throw new Error(`no permissions: ${text}`);
  return permissions;
}

function isPermissions(value: Record<keyof CodexPermissions, unknown>): value is CodexPermissions {
  return (
    ["untrusted", "on-request", "never"].includes(String(value.approvalPolicy)) &&
    ["read-only", "workspace-write", "danger-full-access"].includes(String(value.sandbox)) &&
    ["user", "auto_review"].includes(String(value.approvalsReviewer))
  );
}

describe("a mode", () => {
  const modes = [
    { mode: "ask", permissions: "on-request workspace-write" },
    { mode: "guardian", permissions: "on-request workspace-write auto_review" },
    { mode: "yolo", permissions: "never danger-full-access" },
  ] as const;

  test.each(modes)("$mode is $permissions, and is known by it", ({ mode, permissions }) => {
    expect(permissionsOfMode(mode)).toEqual(parse(permissions));
    expect(modeOfPermissions(parse(permissions))).toBe(mode);
  });

  test.each([
    "untrusted workspace-write",
    "on-request read-only",
    "never workspace-write",
    "never danger-full-access auto_review",
  ])("that was mixed by hand is custom: %s", (permissions) => {
    expect(modeOfPermissions(parse(permissions))).toBe("custom");
  });
});

describe("a chat's permissions under the operator's", () => {
  const ASK = "on-request workspace-write";
  const GUARDIAN = "on-request workspace-write auto_review";
  const YOLO = "never danger-full-access";

  test.each([
    // Under ask: no wider sandbox, no reviewer in the person's place.
    { operator: ASK, wanted: ASK, gets: ASK },
    { operator: ASK, wanted: GUARDIAN, gets: ASK },
    { operator: ASK, wanted: YOLO, gets: "never workspace-write" },
    { operator: ASK, wanted: "on-request read-only", gets: "on-request read-only" },
    { operator: ASK, wanted: "untrusted workspace-write", gets: "untrusted workspace-write" },
    // `never` inside the sandbox asks nobody and lets nothing out.
    { operator: ASK, wanted: "never workspace-write", gets: "never workspace-write" },
    { operator: ASK, wanted: "on-request danger-full-access", gets: ASK },
    // Under guardian: a person may take the reviewer's place.
    { operator: GUARDIAN, wanted: GUARDIAN, gets: GUARDIAN },
    { operator: GUARDIAN, wanted: ASK, gets: ASK },
    { operator: GUARDIAN, wanted: YOLO, gets: "never workspace-write" },
    // Under yolo: anything.
    { operator: YOLO, wanted: YOLO, gets: YOLO },
    { operator: YOLO, wanted: ASK, gets: ASK },
    { operator: YOLO, wanted: GUARDIAN, gets: GUARDIAN },
    { operator: YOLO, wanted: "untrusted read-only", gets: "untrusted read-only" },
    // An operator without a sandbox who is to be asked: asking less would be wider.
    {
      operator: "on-request danger-full-access",
      wanted: YOLO,
      gets: "on-request danger-full-access",
    },
    {
      operator: "untrusted danger-full-access",
      wanted: "on-request danger-full-access",
      gets: "untrusted danger-full-access",
    },
    {
      operator: "on-request danger-full-access",
      wanted: "never workspace-write",
      gets: "never workspace-write",
    },
    {
      operator: "on-request danger-full-access",
      wanted: "untrusted danger-full-access",
      gets: "untrusted danger-full-access",
    },
    // An operator who wants to be asked for every command: running one unasked would be wider.
    { operator: "untrusted workspace-write", wanted: ASK, gets: "untrusted workspace-write" },
    {
      operator: "untrusted workspace-write",
      wanted: "never workspace-write",
      gets: "untrusted workspace-write",
    },
    { operator: "untrusted danger-full-access", wanted: ASK, gets: "untrusted workspace-write" },
    // An operator whose sandbox nobody can open: being asked to open it would be wider.
    { operator: "never read-only", wanted: ASK, gets: "never read-only" },
    { operator: "never workspace-write", wanted: ASK, gets: "never workspace-write" },
    {
      operator: "never workspace-write",
      wanted: "untrusted read-only",
      gets: "never read-only",
    },
  ])("$wanted under $operator is $gets", ({ operator, wanted, gets }) => {
    const limited = limitPermissions(parse(wanted), parse(operator));
    expect(limited).toEqual(parse(gets));
    expect(permits(parse(operator), parse(wanted))).toBe(wanted === gets);
    // What was granted is granted again: the limit is no moving one.
    expect(limitPermissions(limited, parse(operator))).toEqual(limited);
  });

  test.each([ASK, GUARDIAN, YOLO])(
    "a chat that chose nothing gets the operator's: %s",
    (operator) => {
      expect(limitPermissions({}, parse(operator))).toEqual(parse(operator));
    },
  );

  test("a chat that chose one value keeps it beside the operator's others", () => {
    expect(limitPermissions({ sandbox: "read-only" }, parse(YOLO))).toEqual(
      parse("never read-only"),
    );
    expect(limitPermissions({ approvalPolicy: "untrusted" }, parse(ASK))).toEqual(
      parse("untrusted workspace-write"),
    );
  });
});
