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
const FILES_OF_CODEX = ["auth.json", ".credentials.json", "config.toml", "history.jsonl"];
const FOLDERS_OF_CODEX = ["sessions", "archived_sessions"];

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
    ...[...FILES_OF_CODEX, ...FOLDERS_OF_CODEX].map((name) => path.join(codexHome, name)),
  ];
  const real = await Promise.all(secrets.map((file) => realpath(file).catch(() => undefined)));
  return [...new Set(real.filter((file) => file !== undefined))];
}

/**
 * Patterns of the files that can come to those secrets later, as a sign-in or a backup of the configuration: Codex looks
 * for them before each command. They are for names in the folder itself, and name no folder.
 */
export async function operatorSecretPatterns({
  stateDir,
  configFile,
  codexHome,
}: OperatorPlaces): Promise<string[]> {
  const config = path.basename(configFile);
  const patterns = [
    [stateDir, allBut(MEDIA)],
    [path.dirname(configFile), isPlain(config) ? [alone(config), `${config}?*`] : []],
    [codexHome, FILES_OF_CODEX.map(alone)],
  ] as const;
  const real = await Promise.all(
    patterns.map(async ([folder, names]) => {
      const place = await realpath(folder).catch(() => undefined);
      if (place === undefined || !isPlain(place)) return [];
      return names.map((name) => path.join(place, name));
    }),
  );
  return [...new Set(real.flat())];
}

/** Whether a name means itself in a pattern. */
function isPlain(name: string): boolean {
  return !/[*?[\]{}!\\]/.test(name);
}

/** A pattern of one name: as a mere name Codex would make an empty file of it, were there none. */
function alone(name: string): string {
  return `${name.slice(0, -1)}[${name.slice(-1)}]`;
}

/** Patterns of all names but one. */
function allBut(name: string): string[] {
  const beginnings = Array.from(name, (_, index) => name.slice(0, index));
  return [
    ...beginnings.map((beginning) => `${beginning}[!${name.charAt(beginning.length)}]*`),
    ...beginnings.filter((beginning) => beginning !== "").map(alone),
    `${name}?*`,
  ];
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
