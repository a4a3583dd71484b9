/** Who pays for the turns, and how much of that is used up. */
import { takesNoParams } from "./errors.js";
import { asRecord, asString } from "./json.js";
import { callCodex, METHODS } from "./methods.js";
import type { CodexClient, CodexNotification } from "./protocol.js";

export type CodexAccount =
  | { kind: "chatgpt"; plan: string | undefined }
  | { kind: "apiKey" }
  /** A cloud's own, by Codex's name for it. */
  | { kind: "other"; name: string }
  | { kind: "none"; needed: boolean };

export type CodexLimit = {
  /** Share of the window that is used, in per cent. */
  usedPercent: number;
  windowMinutes: number | undefined;
  /** Milliseconds since 1970. */
  resetsAt: number | undefined;
};

/** @throws what Codex refuses, CodexLocalError */
export async function readCodexAccount(
  client: CodexClient,
  timeoutMs: number,
): Promise<CodexAccount> {
  const known = await callCodex(client, METHODS.readAccount, {}, { timeoutMs });
  const { account, requiresOpenaiAuth: needed } = known;
  const kind = asString(account?.type);
  switch (kind) {
    case undefined:
      return { kind: "none", needed };
    case "apiKey":
      return { kind };
    case "chatgpt":
      return { kind, plan: asString(account?.planType) };
    default:
      return { kind: "other", name: kind };
  }
}

/** The account's windows, the shorter first; Codex asks its server for them. @throws as `readCodexAccount` */
export async function readCodexLimits(
  client: CodexClient,
  timeoutMs: number,
): Promise<CodexLimit[]> {
  return (await readLimitsAndCredits(client, timeoutMs)).limits;
}

/** With how many resets of them the account has left, if it says so. @throws as `readCodexAccount` */
export async function readLimitsAndCredits(
  client: CodexClient,
  timeoutMs: number,
): Promise<{ limits: CodexLimit[]; resetCredits: number | undefined }> {
  const ask = (params: { excludeResetCreditDetails: true } | undefined) =>
    callCodex(client, METHODS.readLimits, params, { timeoutMs });
  const told = await ask({ excludeResetCreditDetails: true }).catch((error: unknown) => {
    if (takesNoParams(error)) return ask(undefined);
    throw error;
  });
  const limits = [told.limits?.primary, told.limits?.secondary].flatMap(readLimit);
  return { limits, resetCredits: told.resetCredits };
}

/** How a sign-in has ended. */
export type LoginEnd = { isSignedIn: boolean; problem: string | undefined };

/** Undefined for anything but the end of this one. */
export function loginEndIn(
  { method, params }: CodexNotification,
  loginId: string,
): LoginEnd | undefined {
  const end = asRecord(params);
  if (method !== "account/login/completed" || end?.loginId !== loginId) return undefined;
  return { isSignedIn: end.success === true, problem: asString(end.error) };
}

/** What a notification tells of the account's windows, by Codex's names of them; undefined if it is about something else. */
export function limitsIn({
  method,
  params,
}: CodexNotification): Map<string, CodexLimit> | undefined {
  if (method !== "account/rateLimits/updated") return undefined;
  const told = asRecord(asRecord(params)?.rateLimits);
  const windows = ["primary", "secondary"] as const;
  return new Map(windows.flatMap((name) => readLimit(told?.[name]).map((limit) => [name, limit])));
}

/** When the account can be used again: the last of its used-up windows decides. Undefined where none is used up. */
export function resetOfLimits(limits: readonly CodexLimit[]): number | undefined {
  const resets = limits.flatMap(({ usedPercent, resetsAt }) =>
    usedPercent >= 100 && resetsAt !== undefined ? [resetsAt] : [],
  );
  return resets.length === 0 ? undefined : Math.max(...resets);
}

function readLimit(value: unknown): CodexLimit[] {
  const window = asRecord(value);
  if (typeof window?.usedPercent !== "number") return [];
  const { usedPercent, windowDurationMins, resetsAt } = window;
  return [
    {
      usedPercent,
      windowMinutes: typeof windowDurationMins === "number" ? windowDurationMins : undefined,
      resetsAt: typeof resetsAt === "number" ? resetsAt * 1000 : undefined,
    },
  ];
}
