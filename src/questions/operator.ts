/** OpenClaw's own approvals: where the gateway has owners or an approval route, it asks them, in its own message. */
import type { ReplyAddress } from "../chat/delivery.js";
import { asRecord, asString } from "../app-server/json.js";
import { currentHostConfig, PLUGIN_ID, type PluginHost } from "../host/plugin-host.js";
import { plainWhole } from "../words/question-text.js";
import { questionWords } from "../words/question-words.js";
import {
  asOwnersSeeIt,
  standsForAlways,
  type CodexQuestion,
  type QuestionChoice,
} from "./question.js";

/** What OpenClaw 2026.9.6 takes: characters of title and description, once it has written out what cannot be seen. */
const TITLE_LENGTH = 80;
const DESCRIPTION_LENGTH = 500;
const DETAIL_LENGTH = 16_000;

/** Milliseconds that OpenClaw 2026.9.6 waits for its owners at most. */
export const OPERATOR_WAITS_MS = 600_000;

/** The gateway is in this process. */
const ANSWERS_WITHIN_MS = 10_000;

const DECISIONS = { once: "allow-once", always: "allow-always", deny: "deny" } as const;
type Decision = keyof typeof DECISIONS;

/** A question that OpenClaw asks. */
export type OperatorQuestion = {
  /** What was decided; undefined where nobody did in the time that OpenClaw gives. Rejects where the gateway fails. */
  decided: Promise<Decision | "rule" | undefined>;
  /** Ends it, with what became of it elsewhere. Never rejects. */
  withdraw(choice: QuestionChoice["id"]): Promise<void>;
};

/**
 * Has OpenClaw ask whoever it can; undefined where it has nobody to ask. `handle` names the question in the chat, where
 * all of it can be seen. @throws where the gateway refuses or does not answer
 */
export async function askOperator(
  host: Pick<PluginHost, "runtime" | "logger">,
  address: ReplyAddress,
  asked: CodexQuestion,
  options: { timeoutMs: number; handle: string },
): Promise<OperatorQuestion | undefined> {
  if (!namesOperators(currentHostConfig(host))) return undefined;
  const { callGatewayTool } = await import("openclaw/plugin-sdk/agent-harness-runtime");
  const timeoutMs = Math.min(options.timeoutMs, OPERATOR_WAITS_MS);
  const question = asOwnersSeeIt(asked, options.handle);
  const ruleIsAlways = standsForAlways(question);
  const { description, isWhole } = await descriptionOf(question, options.handle);
  const accepted = asRecord(
    await callGatewayTool(
      "plugin.approval.request",
      { timeoutMs: ANSWERS_WITHIN_MS },
      {
        title: questionWords.approvalTitle(question.title, TITLE_LENGTH),
        description,
        detail: plainWhole(question).slice(0, DETAIL_LENGTH).toWellFormed(),
        severity: "warning",
        pluginId: PLUGIN_ID,
        toolName: "codex",
        turnSourceChannel: address.channel,
        turnSourceTo: address.to,
        ...(address.accountId === undefined ? {} : { turnSourceAccountId: address.accountId }),
        ...(address.threadId === undefined ? {} : { turnSourceThreadId: address.threadId }),
        timeoutMs,
        twoPhase: true,
        // What is allowed for times to come must have been seen whole.
        allowedDecisions: [
          ...question.choices.map(({ id }) => id),
          ...(ruleIsAlways ? (["always"] as const) : []),
          question.refusal.id,
        ].flatMap((id) => (isDecision(id) && (isWhole || id !== "always") ? [DECISIONS[id]] : [])),
      },
      { expectFinal: false },
    ),
  );
  const id = asString(accepted?.id);
  if (accepted?.status !== "accepted" || id === undefined) return undefined;
  return {
    decided: callGatewayTool(
      "plugin.approval.waitDecision",
      { timeoutMs: timeoutMs + ANSWERS_WITHIN_MS },
      { id },
    ).then((answer) => {
      const decision = decisionOf(asRecord(answer)?.decision);
      return decision === "always" && ruleIsAlways ? "rule" : decision;
    }),
    async withdraw(choice) {
      try {
        const { resolveApprovalOverGateway } =
          await import("openclaw/plugin-sdk/approval-gateway-runtime");
        await resolveApprovalOverGateway({
          cfg: currentHostConfig(host),
          approvalId: id,
          approvalKind: "plugin",
          decision: DECISIONS[isDecision(choice) ? choice : choice === "rule" ? "once" : "deny"],
          clientDisplayName: questionWords.withdrawnBy,
        });
      } catch (error) {
        host.logger.warn(`an approval of OpenClaw's could not be withdrawn: ${String(error)}`);
      }
    },
  };
}

/** The text of OpenClaw's message, and whether that shows all of it. OpenClaw hides what it takes for a secret. */
async function descriptionOf(
  question: CodexQuestion,
  handle: string,
): Promise<{ description: string; isWhole: boolean }> {
  const { redactSensitiveText } = await import("openclaw/plugin-sdk/logging-core");
  const { text, isCut } = questionWords.approvalText(question, DESCRIPTION_LENGTH, handle);
  if (redactSensitiveText(text, { mode: "tools" }) === text) {
    return { description: text, isWhole: !isCut };
  }
  const hint = `\n${questionWords.partlyHidden(handle)}`;
  const shorter = questionWords.approvalText(question, DESCRIPTION_LENGTH - hint.length, handle);
  return { description: shorter.text + hint, isWhole: false };
}

/**
 * Whether the operator has named anybody who decides. OpenClaw's own word is not enough: it counts every client that
 * could show an approval, an open browser tab and this plugin's own calls among them, and nobody may be looking there.
 */
export function namesOperators(hostConfig: unknown): boolean {
  const { commands, approvals } = asRecord(hostConfig) ?? {};
  const owners = asRecord(commands)?.ownerAllowFrom;
  const ofPlugins = asRecord(asRecord(approvals)?.plugin);
  return (Array.isArray(owners) && owners.length > 0) || ofPlugins?.enabled === true;
}

function isDecision(id: string): id is Decision {
  return Object.hasOwn(DECISIONS, id);
}

function decisionOf(value: unknown): Decision | undefined {
  return Object.keys(DECISIONS)
    .filter(isDecision)
    .find((id) => DECISIONS[id] === value);
}
