/** Leave that Codex asks for: to run a command, to change files, to have more permissions. */
import type * as z from "zod/mini";
import type { JsonValue } from "../app-server/protocol.js";
import { continued } from "../words/foreign-text.js";
import { questionWords } from "../words/question-words.js";
import { changesToShow, type FileChange } from "./changed-files.js";
import { permissionsInWords } from "./permissions-wanted.js";
import { choice, facts, type CodexQuestion } from "./question.js";
import {
  lastingDecision,
  type commandApproval,
  type fileApproval,
  type permissionsApproval,
} from "./requests-read.js";
import { commandToRead } from "../common/shell-command.js";

/** A rule that is longer than a line of OpenClaw's message is not offered. */
const LONGEST_RULE = 200;

/** Undefined where it says nothing of what would be done. */
export function commandQuestion(asked: z.infer<typeof commandApproval>): CodexQuestion | undefined {
  const { command, networkApprovalContext: network, additionalPermissions } = asked;
  const read = command === null || command === undefined ? "" : commandToRead(command);
  const grant = read.trim() === "" ? [] : [continued(read)];
  if (grant.length === 0 && !network) return undefined;
  return {
    kind: "approval",
    title: network
      ? questionWords.network
      : asked.kind === "writeStdin"
        ? questionWords.typing
        : questionWords.command,
    grant,
    facts: facts(
      {
        label: questionWords.host,
        text: network && [network.protocol, network.host].filter(Boolean).join(" "),
        weight: "grant",
      },
      ...permissionsInWords(additionalPermissions).map(
        (text) => ({ label: questionWords.more, text, weight: "grant" }) as const,
      ),
      { label: questionWords.folder, text: asked.cwd, weight: "place" },
      { label: questionWords.machine, text: elsewhere(asked.environmentId), weight: "place" },
      { label: questionWords.reason, text: asked.reason, weight: "reason" },
    ),
    ...decisions(asked.availableDecisions),
    ...lastingRule(asked.availableDecisions),
  };
}

/** `changes` are those of its item. Undefined where they are not known: nobody can allow what nobody sees. */
export function fileQuestion(
  asked: z.infer<typeof fileApproval>,
  changes: readonly FileChange[] | undefined,
): CodexQuestion | undefined {
  if (!changes) return undefined;
  const { choices, refusal } = decisions(asked.availableDecisions);
  const forever = choices.some(({ id }) => id === "always");
  return {
    kind: "approval",
    title: questionWords.files,
    grant: changesToShow(changes),
    facts: facts(
      { label: questionWords.root, text: asked.grantRoot, weight: "grant" },
      { text: forever ? questionWords.alwaysFiles : undefined, weight: "place" },
      { label: questionWords.reason, text: asked.reason, weight: "reason" },
    ),
    choices,
    refusal,
  };
}

/** Undefined where it names no permissions. */
export function permissionsQuestion(
  asked: z.infer<typeof permissionsApproval>,
): CodexQuestion | undefined {
  const wanted = withoutNulls(asked.permissions);
  const grant = permissionsInWords(asked.permissions).map(continued);
  if (grant.length === 0) return undefined;
  return {
    kind: "approval",
    title: questionWords.permissions,
    grant: [grant.join("\n")],
    facts: facts(
      { label: questionWords.folder, text: asked.cwd, weight: "place" },
      { label: questionWords.machine, text: elsewhere(asked.environmentId), weight: "place" },
      { label: questionWords.reason, text: asked.reason, weight: "reason" },
    ),
    choices: [
      choice("once", { permissions: wanted, scope: "turn" }),
      choice("always", { permissions: wanted, scope: "session" }),
    ],
    refusal: choice("deny", { permissions: {}, scope: "turn" }),
  };
}

/** The environment that something is for, where it is not the machine that Codex is on. */
function elsewhere(environmentId: string | null | undefined): string | null | undefined {
  return environmentId === "local" ? undefined : environmentId;
}

/** The decisions that Codex offers; it takes those of the first list where it names none. */
function decisions(
  available: readonly unknown[] | null | undefined,
): Pick<CodexQuestion, "choices" | "refusal"> {
  const offered = available ?? ["accept", "acceptForSession", "decline", "cancel"];
  return {
    choices: [
      ...(offered.includes("accept") ? [choice("once", { decision: "accept" })] : []),
      ...(offered.includes("acceptForSession")
        ? [choice("always", { decision: "acceptForSession" })]
        : []),
    ],
    refusal: choice("deny", { decision: "decline" }),
  };
}

/** The first rule that Codex would keep, if all of it can be shown. */
function lastingRule(
  available: readonly unknown[] | null | undefined,
): Pick<CodexQuestion, "forOwners"> {
  for (const offered of available ?? []) {
    const { data: decision } = lastingDecision.safeParse(offered);
    if (!decision) continue;
    const grants =
      "acceptWithExecpolicyAmendment" in decision
        ? questionWords.commandRule(decision.acceptWithExecpolicyAmendment.execpolicy_amendment)
        : questionWords.hostRule(
            decision.applyNetworkPolicyAmendment.network_policy_amendment.host,
          );
    if (grants.length > LONGEST_RULE) return {};
    const result = { decision };
    return { forOwners: { id: "rule", ...questionWords.rule(grants), result, grants } };
  }
  return {};
}

/** Codex asks with null for what it does not ask; a grant leaves that out. */
function withoutNulls(record: Record<string, JsonValue>): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}
