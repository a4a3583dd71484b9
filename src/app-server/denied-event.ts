/**
 * An action that Codex's reviewer has denied, in the words in which Codex wants it back to have it allowed: it tells of
 * it in one form (`item/autoApprovalReview/completed`) and takes it in that of its own records.
 */
import { asRecord } from "./json.js";
import type { JsonValue } from "./protocol.js";

export type DeniedEvent = { [key: string]: JsonValue };

/** `fields`: the notification's. */
export function deniedEventOf(fields: Record<string, unknown>): DeniedEvent {
  const review = asRecord(fields.review) ?? {};
  return {
    ...inRecords({
      id: fields.reviewId,
      targetItemId: fields.targetItemId,
      turnId: fields.turnId,
      startedAtMs: fields.startedAtMs,
      completedAtMs: fields.completedAtMs,
      riskLevel: review.riskLevel,
      userAuthorization: review.userAuthorization,
      rationale: review.rationale,
      decisionSource: fields.decisionSource,
    }),
    status: "denied",
    action: inRecords(asRecord(fields.action) ?? {}, ["type", "source", "protocol"]),
  };
}

/** Texts and numbers, under the names of Codex's records; `named`: those whose values are names, too. */
function inRecords(fields: Record<string, unknown>, named: readonly string[] = []): DeniedEvent {
  const told: DeniedEvent = {};
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string")
      told[snakeCase(name)] = named.includes(name) ? snakeCase(value) : value;
    else if (typeof value === "number") told[snakeCase(name)] = value;
  }
  return told;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
