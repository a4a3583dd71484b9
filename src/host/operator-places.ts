/** Where the operator's own configuration and state lie: no chat works there, and no command of Codex's reads there. */
import { readdir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { expandHome } from "../app-server/config.js";
import { processWide } from "../common/process-wide.js";

export type OperatorPlaces = {
  home: string;
  /** OpenClaw's state folder. */
  stateDir: string;
  /** OpenClaw's configuration, in the state folder unless it was put elsewhere. */
  configFile: string;
  codexHome: string;
};

/** What the host has told, for all copies of this module. */
const told = processWide("operator-places", (): { stateDir?: string } => ({}));

/** Called by the entry, since the host decides where its state lies. */
export function noteStateDir(stateDir: string): void {
  told.stateDir = stateDir;
}

export function operatorPlaces(
  env: Readonly<Record<string, string | undefined>> = process.env,
): OperatorPlaces {
  const home = homedir();
  const named = (name: string): string | undefined => {
    const value = env[name]?.trim();
    return value ? path.resolve(expandHome(value)) : undefined;
  };
  const stateDir =
    told.stateDir ??
    named("OPENCLAW_STATE_DIR") ??
    path.join(named("OPENCLAW_HOME") ?? home, ".openclaw");
  return {
    home,
    stateDir: path.resolve(stateDir),
    configFile: named("OPENCLAW_CONFIG_PATH") ?? path.join(stateDir, "openclaw.json"),
    codexHome: named("CODEX_HOME") ?? path.join(home, ".codex"),
  };
}

/** Files that people sent lie here, and Codex is to read them. */
const MEDIA = "media";

/** Codex's sign-in, its settings, which may hold tokens of tool servers, and what was said in its threads. */
const OF_CODEX = [
  "auth.json",
  ".credentials.json",
  "config.toml",
  "history.jsonl",
  "sessions",
  "archived_sessions",
];

/**
 * What commands are not to read, by its real path. Only what is there: for a name that is not, Codex's sandbox would
 * make an empty file in its place.
 */
export async function operatorSecrets({
  stateDir,
  configFile,
  codexHome,
}: OperatorPlaces): Promise<string[]> {
  const config = path.basename(configFile);
  // OpenClaw keeps backups of its configuration beside it.
  const configs = (await namesIn(path.dirname(configFile))).filter((name) =>
    name.startsWith(config),
  );
  const state = (await namesIn(stateDir)).filter((name) => name !== MEDIA);
  const secrets = [
    ...configs.map((name) => path.join(path.dirname(configFile), name)),
    ...state.map((name) => path.join(stateDir, name)),
    ...OF_CODEX.map((name) => path.join(codexHome, name)),
  ];
  const real = await Promise.all(secrets.map((file) => realpath(file).catch(() => undefined)));
  return [...new Set(real.filter((file) => file !== undefined))];
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
