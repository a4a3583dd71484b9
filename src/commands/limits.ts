/** `/codexchat limits`: how much of the account's limits is used up; and resetting them, which costs a credit. */
import { randomUUID } from "node:crypto";
import { readCodexAccount, readLimitsAndCredits } from "../app-server/account-facts.js";
import { requireCodexFor } from "../app-server/codex-version.js";
import { callCodex, METHODS } from "../app-server/methods.js";
import { monotonicMs } from "../common/clock.js";
import { keepNewest } from "../common/keep-newest.js";
import { processWide } from "../common/process-wide.js";
import { auditCommand } from "../host/audit.js";
import { isOwner } from "../host/owners.js";
import { currentHostConfig, type CommandContext, type PluginHost } from "../host/plugin-host.js";
import { accountWords } from "../words/account-words.js";
import { codexOfGateway } from "./account.js";
import { sessionFileOfChat, type Subcommand } from "./subcommand.js";

const RESETS_SINCE = "0.154.0";
const CONFIRMED_WITHIN_MS = 10 * 60_000;
const REMEMBERED = 300;

/** What was asked about and not answered yet: whoever repeats it repeats the same attempt. */
type Attempt = { key: string; askedAt: number };
const attempts = processWide("limit-resets", () => new Map<string, Attempt>());

/** `limits`, `limits reset`, `limits reset yes`. */
export const limits: Subcommand = async (host, ctx, args) => {
  const typed = args.join(" ").toLowerCase();
  if (typed === "") return show(host, ctx);
  if (typed !== "reset" && typed !== "reset yes") return undefined;
  if (!isOwner(currentHostConfig(host), ctx)) return accountWords.ownersOnly;
  return reset(host, ctx, typed === "reset yes");
};

/** @throws CodexConfigError, CodexLocalError */
async function show(host: PluginHost, ctx: CommandContext): Promise<string> {
  const { client, timeoutMs } = await codexOfGateway(host, ctx);
  const [account, known, usage] = await Promise.all([
    readCodexAccount(client, timeoutMs).catch(() => undefined),
    // Only an account with a plan has any; Codex refuses to tell the others'.
    readLimitsAndCredits(client, timeoutMs).catch(() => undefined),
    callCodex(client, METHODS.readUsage, {}, { timeoutMs }).catch(() => undefined),
  ]);
  const facts = {
    account,
    limits: known?.limits,
    resetCredits: known?.resetCredits,
    lifetimeTokens: usage?.lifetimeTokens,
    days: usage?.days ?? [],
  };
  return accountWords.limits(facts, Date.now());
}

/** @throws what Codex refuses, CodexConfigError, CodexLocalError */
async function reset(host: PluginHost, ctx: CommandContext, isConfirmed: boolean): Promise<string> {
  const { client, runtime, timeoutMs } = await codexOfGateway(host, ctx);
  requireCodexFor("a reset of the limits", client.serverVersion, RESETS_SINCE);
  const sessionFile = await sessionFileOfChat(host, ctx);
  // Each server has an account of its own, so a yes counts only on the server that the question was about.
  const about = JSON.stringify([sessionFile, ctx.senderId, runtime.start.server]);
  const attempt = attempts.get(about);
  const isFresh = attempt !== undefined && monotonicMs() - attempt.askedAt < CONFIRMED_WITHIN_MS;
  if (!isConfirmed || !isFresh) {
    const { resetCredits = 0 } = await readLimitsAndCredits(client, timeoutMs);
    if (resetCredits === 0) return accountWords.noCredits;
    attempts.delete(about);
    attempts.set(about, { key: attempt?.key ?? randomUUID(), askedAt: monotonicMs() });
    keepNewest(attempts, REMEMBERED);
    return accountWords.confirmReset(resetCredits);
  }
  const idempotencyKey = attempt.key;
  const outcome = await callCodex(client, METHODS.resetLimits, { idempotencyKey }, { timeoutMs });
  attempts.delete(about);
  const said = accountWords.resetOutcome(outcome);
  await auditCommand(host, ctx, { event: "account", session: sessionFile, outcome: said });
  return said;
}
