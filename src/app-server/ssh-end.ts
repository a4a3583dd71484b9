/** What the end of an `ssh` means that Codex was started with on another machine. */
import { CodexLocalError } from "./errors.js";
import { settingOf, type CodexAppServerStartOptions } from "./start-options.js";

/** Ssh's own failures; any other code is that of the command on the other machine. */
const FAILED = 255;

const NOT_LOGGED_IN =
  /permission denied|host key verification failed|remote host identification has changed|too many authentication failures|no supported authentication methods/i;
const NOT_CONNECTED =
  /could not resolve hostname|connection refused|no route to host|network is unreachable|connect to .+ timed out|kex_exchange_identification|banner exchange/i;

/** Undefined where it was not ssh that failed. `said` are its last words. */
export function endOfSsh(
  options: CodexAppServerStartOptions,
  exitCode: number | null,
  said: string,
): CodexLocalError | undefined {
  if (exitCode !== FAILED) return undefined;
  const words = said === "" ? "" : ` Its last words: ${said}`;
  const setting = settingOf(options);
  if (NOT_LOGGED_IN.test(said)) {
    const message = `ssh could not log in where the Codex app-server runs (${setting}), so nothing was started there.${words}`;
    return new CodexLocalError("START_FAILED", message);
  }
  if (NOT_CONNECTED.test(said)) {
    const message = `ssh could not connect to where the Codex app-server runs (${setting}).${words}`;
    return new CodexLocalError("START_FAILED", message);
  }
  const message = `The ssh connection to the Codex app-server was lost, and Codex there ended with it.${words}`;
  return new CodexLocalError("CONNECTION_CLOSED", message);
}
