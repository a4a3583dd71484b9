import { describe, expect, test } from "vitest";
import { codexEnvironment, commandEnvironmentPolicy } from "../../src/app-server/environment.js";

type Environment = Record<string, string>;

const names = (
  source: Environment,
  settings: { passEnv?: string[]; clearEnv?: string[] } = {},
  platform: NodeJS.Platform = "linux",
): string[] => Object.keys(codexEnvironment(source, { clearEnv: [], ...settings }, platform));

describe("Codex's environment", () => {
  test.each([
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "https_proxy",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
    "CARGO_HOME",
    "JAVA_HOME",
    "SSH_AUTH_SOCK",
    "CODEX_HOME",
    "RUST_LOG",
  ])("has what programs need: %s", (name) => {
    expect(codexEnvironment({ [name]: "/some/value" }, { clearEnv: [] })).toEqual({
      [name]: "/some/value",
    });
  });

  test.each([
    "OPENCLAW_GATEWAY_TOKEN",
    "OPENCLAW_STATE_DIR",
    "TELEGRAM_BOT_TOKEN",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "CODEX_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "DATABASE_URL",
    "NODE_OPTIONS",
    "ANYTHING",
    "LCX",
    "path",
  ])("has nothing that is not named: %s", (name) => {
    expect(names({ [name]: "value" })).toEqual([]);
  });

  test.each([
    ["XDG_SESSION_TOKEN", "value"],
    ["LC_SECRET", "value"],
    ["PAGER", `less sk-proj-${"a".repeat(20)}`],
    ["npm_config_registry", "https://me:pass@registry.example/"],
    ["OPENAI_BASE_URL", "https://:pass@models.example/v1"],
    ["GOPROXY", "https://proxy.example,https://me:pass@proxy.example"],
    ["EDITOR", `123456789:${"A".repeat(35)}`],
    ["HOSTNAME", `eyJ${"a".repeat(20)}.eyJ${"b".repeat(20)}.c`],
    ["TERM", "-----BEGIN OPENSSH PRIVATE KEY-----"],
  ])("has nothing that reads like a secret: %s=%s", (name, value) => {
    expect(names({ [name]: value })).toEqual([]);
    expect(names({ [name]: value }, { passEnv: [name] })).toEqual([name]);
  });

  test("has a proxy's password, without which Codex reaches nothing", () => {
    expect(names({ HTTPS_PROXY: "http://me:pass@proxy.example:8080" })).toEqual(["HTTPS_PROXY"]);
  });

  test("has what the operator names, whole or by its beginning, but for what they withhold", () => {
    const source = { AZURE_OPENAI_API_KEY: "1", AWS_A: "1", AWS_B: "1", AWSX: "1", HOME: "/h" };
    const passEnv = ["AZURE_OPENAI_API_KEY", "AWS_*"];
    const all = ["AZURE_OPENAI_API_KEY", "AWS_A", "AWS_B", "HOME"];
    expect(names(source, { passEnv })).toEqual(all);
    expect(names(source, { passEnv, clearEnv: ["AWS_B", "HOME"] })).toEqual(all.slice(0, 2));
  });

  test("takes no notice of the names' case on Windows, and keeps it", () => {
    const source = { Path: "C:\\bin", systemroot: "C:\\Windows", Secret: "1" };
    expect(names(source, {}, "win32")).toEqual(["Path", "systemroot"]);
    expect(names(source, { clearEnv: ["PATH"] }, "win32")).toEqual(["systemroot"]);
  });
});

describe("commands", () => {
  test("get all of it where there is nothing to keep from them", () => {
    expect(commandEnvironmentPolicy({ PATH: "/bin", HTTPS_PROXY: "http://proxy:1" })).toEqual({});
  });

  test("get no keys that the operator passes to Codex, and no passwords", () => {
    const policy = commandEnvironmentPolicy({
      PATH: "/bin",
      AZURE_OPENAI_API_KEY: "1",
      PGPASSWORD: "1",
      https_proxy: "http://me:pass@proxy:1",
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1/bus",
    });
    expect(policy).toEqual({
      ignore_default_excludes: false,
      set: { PGPASSWORD: "", https_proxy: "", DBUS_SESSION_BUS_ADDRESS: "" },
    });
  });
});
