/**
 * What Codex may do without asking, as three values that go with every thread and turn, and the order among
 * them: a chat may tighten what the operator configured, never exceed it.
 */
import {
  APPROVAL_POLICIES,
  SANDBOX_MODES,
  type CodexApprovalPolicy,
  type CodexApprovalsReviewer,
  type CodexPermissionMode,
  type CodexSandboxMode,
} from "./config-schema.js";

export type CodexPermissions = {
  approvalPolicy: CodexApprovalPolicy;
  sandbox: CodexSandboxMode;
  approvalsReviewer: CodexApprovalsReviewer;
};

/** `ask`: the person decides; `guardian`: Codex's own reviewer decides; `yolo`: nobody is asked. */
export function permissionsOfMode(mode: CodexPermissionMode): CodexPermissions {
  switch (mode) {
    case "ask":
      return {
        approvalPolicy: "on-request",
        sandbox: "workspace-write",
        approvalsReviewer: "user",
      };
    case "guardian":
      return {
        approvalPolicy: "on-request",
        sandbox: "workspace-write",
        approvalsReviewer: "auto_review",
      };
    case "yolo":
      return {
        approvalPolicy: "never",
        sandbox: "danger-full-access",
        approvalsReviewer: "user",
      };
  }
}

/** The mode that stands for these permissions, or `custom` where settings were mixed by hand. */
export function modeOfPermissions(permissions: CodexPermissions): CodexPermissionMode | "custom" {
  for (const mode of ["ask", "guardian", "yolo"] as const) {
    const named = permissionsOfMode(mode);
    if (
      named.approvalPolicy === permissions.approvalPolicy &&
      named.sandbox === permissions.sandbox &&
      named.approvalsReviewer === permissions.approvalsReviewer
    ) {
      return mode;
    }
  }
  return "custom";
}

/** A conversation's own permissions held below the operator's. */
export function limitPermissions(
  wanted: Partial<{ [K in keyof CodexPermissions]: CodexPermissions[K] | undefined }>,
  configured: CodexPermissions,
): CodexPermissions {
  const sandbox = narrower(SANDBOX_MODES, wanted.sandbox ?? configured.sandbox, configured.sandbox);
  const policy = wanted.approvalPolicy ?? configured.approvalPolicy;
  return {
    sandbox,
    approvalPolicy: limitPolicy(policy, sandbox, configured),
    // A reviewing model stands in for a person only where the operator said so, or where nobody is asked at all.
    approvalsReviewer:
      configured.approvalsReviewer === "auto_review" || isUnlimited(configured)
        ? (wanted.approvalsReviewer ?? configured.approvalsReviewer)
        : configured.approvalsReviewer,
  };
}

/** Whether a conversation may have exactly these permissions under the operator's. */
export function permits(configured: CodexPermissions, wanted: CodexPermissions): boolean {
  const limited = limitPermissions(wanted, configured);
  return (
    limited.sandbox === wanted.sandbox &&
    limited.approvalPolicy === wanted.approvalPolicy &&
    limited.approvalsReviewer === wanted.approvalsReviewer
  );
}

/**
 * Without a sandbox, to ask less is wider. Inside one `never` opens nothing, so that a chat may have it where the
 * operator's Codex may ask; but an operator who is to be asked for every command is, and a sandbox that nobody can
 * be asked to open stays shut.
 */
function limitPolicy(
  wanted: CodexApprovalPolicy,
  sandbox: CodexSandboxMode,
  configured: CodexPermissions,
): CodexApprovalPolicy {
  if (sandbox === "danger-full-access") {
    return narrower(APPROVAL_POLICIES, wanted, configured.approvalPolicy);
  }
  if (configured.approvalPolicy === "untrusted") return "untrusted";
  return configured.approvalPolicy === "never" && !isUnlimited(configured) ? "never" : wanted;
}

function isUnlimited(permissions: CodexPermissions): boolean {
  return permissions.sandbox === "danger-full-access" && permissions.approvalPolicy === "never";
}

/** The earlier of two values in a list that runs from strict to lax. */
function narrower<T>(strictToLax: readonly T[], wanted: T, limit: T): T {
  return strictToLax.indexOf(wanted) <= strictToLax.indexOf(limit) ? wanted : limit;
}
