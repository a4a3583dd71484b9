/**
 * The environment of a Codex that is started here. The gateway's own holds the tokens of its channels and models, so
 * what passes is named: what programs need to work, and what the operator adds with `appServer.passEnv`.
 */

/** Names that pass; a trailing `*` stands for any ending. */
const PASSES = [
  // The person and the system.
  ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "HOSTNAME", "PWD", "TMPDIR", "TMP", "TEMP", "TZ"],
  ["LANG", "LANGUAGE", "LC_*", "LOCALE_ARCHIVE", "XDG_*", "DISPLAY", "WAYLAND_DISPLAY"],
  ["TERM", "COLORTERM", "NO_COLOR", "EDITOR", "VISUAL", "PAGER"],
  // Windows.
  ["SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "OS", "APPDATA", "LOCALAPPDATA"],
  ["USERPROFILE", "USERNAME", "USERDOMAIN", "HOMEDRIVE", "HOMEPATH", "PUBLIC", "ProgramData"],
  ["ProgramFiles", "ProgramFiles(x86)", "ProgramW6432", "CommonProgramFiles", "ALLUSERSPROFILE"],
  ["CommonProgramFiles(x86)", "COMPUTERNAME", "PSModulePath"],
  ["NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "PROCESSOR_IDENTIFIER"],
  // The network.
  ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"],
  ["http_proxy", "https_proxy", "all_proxy", "no_proxy"],
  ["SSL_CERT_FILE", "SSL_CERT_DIR", "NIX_SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"],
  ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO"],
  ["CODEX_CA_CERTIFICATE", "CARGO_HTTP_CAINFO", "PIP_CERT"],
  // Agents that hold keys for others, and the bus on which a keyring is reached.
  ["SSH_AUTH_SOCK", "GPG_TTY", "GNUPGHOME", "DBUS_SESSION_BUS_ADDRESS"],
  // Where toolchains live.
  ["CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "GOPATH", "GOROOT", "GOBIN", "GOCACHE"],
  ["GOMODCACHE", "GOPROXY", "GOTOOLCHAIN", "JAVA_HOME", "JDK_HOME", "MAVEN_HOME", "M2_HOME"],
  ["GRADLE_HOME", "GRADLE_USER_HOME", "SDKMAN_DIR", "ANDROID_HOME", "ANDROID_SDK_ROOT"],
  ["NVM_DIR", "NVM_BIN", "FNM_DIR", "VOLTA_HOME", "N_PREFIX", "NODE_PATH", "PNPM_HOME"],
  ["BUN_INSTALL", "DENO_DIR", "COREPACK_HOME", "YARN_CACHE_FOLDER", "PLAYWRIGHT_BROWSERS_PATH"],
  ["npm_config_cache", "npm_config_prefix", "npm_config_registry", "npm_config_userconfig"],
  ["npm_config_offline", "PYENV_ROOT", "PYENV_VERSION", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"],
  ["PIPX_HOME", "PIP_CACHE_DIR", "UV_CACHE_DIR", "POETRY_HOME", "CONDA_PREFIX", "CONDA_EXE"],
  ["CONDA_DEFAULT_ENV", "RBENV_ROOT", "GEM_HOME", "GEM_PATH", "BUNDLE_PATH", "DOTNET_ROOT"],
  ["ASDF_DIR", "ASDF_DATA_DIR", "MISE_DATA_DIR", "HOMEBREW_PREFIX", "HOMEBREW_CELLAR"],
  ["HOMEBREW_REPOSITORY", "NIX_PATH", "NIX_PROFILES", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"],
  ["LIBRARY_PATH", "CPATH", "PKG_CONFIG_PATH", "MANPATH", "INFOPATH", "DOCKER_HOST", "KUBECONFIG"],
  // Codex, and where its model providers are.
  ["CODEX_HOME", "CODEX_SQLITE_HOME", "RUST_LOG", "RUST_BACKTRACE", "OPENAI_BASE_URL"],
  ["OPENAI_ORGANIZATION", "OPENAI_PROJECT", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"],
].flat();

/** A proxy's address may hold a password without which Codex reaches nothing; commands do not get it. */
const PROXY = /^(https?|all)_proxy$/i;

const SECRET_NAME = /key|secret|token|passw|passphrase|credential|cookie/i;

const SECRET_VALUES = [
  // A password in an address.
  /\b[a-z][\w+.-]*:\/\/[^\s/@]*:[^\s/@]+@/i,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  // The beginnings by which services mark their keys, and a JSON web token.
  /(^|[^\w-])(sk-|sk_live_|gh[opsru]_|github_pat_|glpat-|xox[abeprs]-|AKIA|ASIA|AIza|hf_|npm_)[\w-]{10,}/,
  /(^|[^\w-])eyJ[\w-]{10,}\.[\w-]{10,}\./,
  // A Telegram bot's token.
  /(^|\D)\d{8,12}:[\w-]{30,}/,
];

export type EnvironmentSettings = {
  /** Names that pass besides, whatever they hold; a trailing `*` stands for any ending. */
  passEnv?: readonly string[] | undefined;
  /** Names that do not pass, named above or not. */
  clearEnv: readonly string[];
};

type Environment = Readonly<Record<string, string | undefined>>;

export function codexEnvironment(
  source: Environment,
  { passEnv = [], clearEnv }: EnvironmentSettings,
  platform = process.platform,
): Record<string, string> {
  const isNamed = matcher(passEnv, platform);
  const isListed = matcher(PASSES, platform);
  const isCleared = matcher(clearEnv, platform);
  const passes = (name: string, value: string): boolean => {
    if (isCleared(name)) return false;
    if (isNamed(name)) return true;
    if (!isListed(name)) return false;
    return PROXY.test(name) || !(isSecretName(name) || isSecretValue(value));
  };
  return Object.fromEntries(
    Object.entries(source).flatMap(([name, value]) =>
      value !== undefined && passes(name, value) ? [[name, value]] : [],
    ),
  );
}

export type CommandEnvironmentPolicy = {
  ignore_default_excludes?: false;
  set?: Record<string, string>;
};

/**
 * What commands get less than Codex itself: the part of its `shell_environment_policy` that is ours, to be laid over
 * the operator's. Codex leaves out what is named for a key, a secret or a token if it is told to. The rest is blanked,
 * since a list of names to leave out would take the place of one that the operator has.
 */
export function commandEnvironmentPolicy(environment: Environment): CommandEnvironmentPolicy {
  const names = Object.keys(environment);
  const blank = names.filter((name) => isKeptFromCommands(name, environment[name] ?? ""));
  return {
    ...(names.some(isLeftOutByCodex) ? LEAVES_OUT_SECRETS : {}),
    ...(blank.length === 0 ? {} : { set: Object.fromEntries(blank.map((name) => [name, ""])) }),
  };
}

export const LEAVES_OUT_SECRETS = { ignore_default_excludes: false } as const;

function isLeftOutByCodex(name: string): boolean {
  return /key|secret|token/i.test(name);
}

function isKeptFromCommands(name: string, value: string): boolean {
  if (isLeftOutByCodex(name)) return false;
  // A service manager listens on that bus, which would run a command outside of Codex's sandbox.
  return /^DBUS_/i.test(name) || isSecretName(name) || isSecretValue(value);
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

function isSecretValue(value: string): boolean {
  return SECRET_VALUES.some((secret) => secret.test(value));
}

/** Whether a name is among these, of which some may end in a `*`. Windows does not tell the names' case apart. */
export function matcher(
  names: readonly string[],
  platform: NodeJS.Platform = process.platform,
): (name: string) => boolean {
  const fold = (name: string): string => (platform === "win32" ? name.toUpperCase() : name);
  const whole = new Set(names.filter((name) => !name.endsWith("*")).map(fold));
  const beginnings = names
    .filter((name) => name.endsWith("*"))
    .map((name) => fold(name.slice(0, -1)));
  return (name) =>
    whole.has(fold(name)) || beginnings.some((beginning) => fold(name).startsWith(beginning));
}
