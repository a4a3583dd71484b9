/** The models that Codex offers, with what each can do. */
import { lettersApart } from "../common/letters-apart.js";
import { asRecord, asString, isRecord } from "./json.js";
import { callCodex, METHODS } from "./methods.js";
import type { CodexClient } from "./protocol.js";

export type CodexModel = {
  /** What turns are given. */
  name: string;
  isDefault: boolean;
  /** Offered to nobody by itself, yet there. */
  hidden: boolean;
  efforts: string[];
  defaultEffort: string | undefined;
  /** Service tiers beside the standard one, by the names that people see. */
  tiers: string[];
  /** Whether it speaks in more than one way: none does since Codex 0.169. */
  hasPersonality: boolean;
};

/** The ways in which such a model can speak. */
export const PERSONALITIES = ["friendly", "pragmatic", "none"] as const;

/** Pages of the list that are asked for at most. */
const MAX_PAGES = 5;

/** All models of a provider, hidden ones included. @throws what Codex refuses, CodexLocalError */
export async function listCodexModels(
  client: CodexClient,
  modelProvider: string | undefined,
  timeoutMs: number,
): Promise<CodexModel[]> {
  const models: CodexModel[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    // oxlint-disable-next-line no-await-in-loop -- each page names the next
    const answer: ReturnType<typeof METHODS.listModels.read> = await callCodex(
      client,
      METHODS.listModels,
      {
        includeHidden: true,
        ...(modelProvider === undefined ? {} : { modelProvider }),
        ...(cursor === undefined ? {} : { cursor }),
      },
      { timeoutMs },
    );
    models.push(...answer.models.flatMap(readModel));
    cursor = answer.nextCursor;
    if (cursor === undefined) break;
  }
  return models;
}

/** The names that a mistyped one may have meant, the nearest first. */
export function modelsNear(typed: string, models: readonly CodexModel[]): string[] {
  const wanted = typed.toLowerCase();
  return models
    .filter(({ hidden }) => !hidden)
    .map(({ name }) => ({ name, distance: distanceOf(wanted, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(2, wanted.length / 3))
    .toSorted((left, right) => left.distance - right.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** 0 where one name holds the other. */
function distanceOf(left: string, right: string): number {
  return right.includes(left) || left.includes(right) ? 0 : lettersApart(left, right);
}

function readModel(value: unknown): CodexModel[] {
  const record = asRecord(value);
  const name = asString(record?.model) ?? asString(record?.id);
  if (!record || name === undefined) return [];
  return [
    {
      name,
      isDefault: record.isDefault === true,
      hidden: record.hidden === true,
      efforts: strings(record.supportedReasoningEfforts, "reasoningEffort"),
      defaultEffort: asString(record.defaultReasoningEffort),
      tiers: tiersOf(record),
      hasPersonality: record.supportsPersonality === true,
    },
  ];
}

function tiersOf({ serviceTiers, additionalSpeedTiers }: Record<string, unknown>): string[] {
  if (Array.isArray(serviceTiers)) return strings(serviceTiers, "name");
  // 0.125 has only the ids: `fast`.
  const ids = Array.isArray(additionalSpeedTiers) ? additionalSpeedTiers : [];
  return ids.flatMap((id) =>
    typeof id === "string" ? `${id.charAt(0).toUpperCase()}${id.slice(1)}` : [],
  );
}

function strings(list: unknown, key: string): string[] {
  const records = Array.isArray(list) ? list.filter((entry) => isRecord(entry)) : [];
  return records.flatMap((record) => asString(record[key]) ?? []);
}
