/** Whether Codex is signed in, asked before the first turn: a turn without an account stalls instead of failing. */
import { matcher } from "./environment.js";
import { CodexLocalError } from "./errors.js";
import { callCodex, METHODS } from "./methods.js";
import type { CodexClient } from "./protocol.js";
import { isFar, settingOf, type CodexAppServerStartOptions } from "./start-options.js";

const API_KEY_VARIABLES = ["CODEX_API_KEY", "OPENAI_API_KEY"] as const;

export class CodexNotSignedInError extends Error {
  override readonly name = "CodexNotSignedInError";
  /** Codex has not read its configuration, in which another provider may stand that needs no account. */
  readonly configProblem: string | undefined;

  constructor(configProblem?: string, where: AccountPlace = {}) {
    const setting = where.transport === "websocket" ? `${settingOf(where)}.url` : settingOf(where);
    super(
      isAway(where)
        ? `Codex is not signed in where its app-server runs (${setting}). Run \`codex login\` there, then send the message again.`
        : `Codex is not signed in on the gateway's machine${where.server === undefined ? "" : ` (${setting})`}. Run \`codex login\` there (or set CODEX_API_KEY for the gateway), then send the message again.`,
    );
    this.configProblem = configProblem;
  }
}

/** Where the app-server is whose account it is. */
type AccountPlace = Partial<Pick<CodexAppServerStartOptions, "server" | "transport" | "command">>;

function isAway({ transport = "stdio", command }: AccountPlace): boolean {
  return isFar({ transport, ...(command === undefined ? {} : { command }) });
}

/** Clients that were found signed in; asked once per connection. */
const signedIn = new WeakSet<CodexClient>();

/**
 * Makes sure that the app-server has an account where its model provider needs one; signs in with an API key
 * of the environment where one is set and not withheld by `clearEnv`. A key is for a process of ours alone: behind an
 * address there could be anybody.
 * @throws CodexNotSignedInError
 */
export async function ensureSignedIn(
  client: CodexClient,
  options: AccountPlace & {
    timeoutMs: number;
    clearEnv: readonly string[];
    env?: Readonly<Record<string, string | undefined>>;
  },
): Promise<void> {
  if (signedIn.has(client)) return;
  if (await needsAccount(client, options.timeoutMs)) {
    const apiKey = isAway(options)
      ? undefined
      : apiKeyOf(options.env ?? process.env, options.clearEnv);
    if (apiKey === undefined) throw new CodexNotSignedInError(client.configProblem, options);
    const { timeoutMs } = options;
    await callCodex(client, METHODS.login, { type: "apiKey", apiKey }, { timeoutMs });
  }
  signedIn.add(client);
}

/** After an authentication failure the account is asked for again. */
export function forgetSignIn(client: CodexClient): void {
  signedIn.delete(client);
}

/** Whether the next turn signs in again by itself, with a key of the environment. */
export function signsInByKey(
  start: AccountPlace & { clearEnv: readonly string[] },
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return !isAway(start) && apiKeyOf(env, start.clearEnv) !== undefined;
}

async function needsAccount(client: CodexClient, timeoutMs: number): Promise<boolean> {
  try {
    const known = await callCodex(client, METHODS.readAccount, {}, { timeoutMs });
    return known.requiresOpenaiAuth && known.account === undefined;
  } catch (error) {
    // An app-server that cannot say is tried: the turn itself will tell. A dead one is not.
    if (error instanceof CodexLocalError) throw error;
    return false;
  }
}

function apiKeyOf(
  env: Readonly<Record<string, string | undefined>>,
  withheld: readonly string[],
): string | undefined {
  const isWithheld = matcher(withheld);
  for (const name of API_KEY_VARIABLES) {
    const value = env[name]?.trim();
    if (value && !isWithheld(name)) return value;
  }
  return undefined;
}
