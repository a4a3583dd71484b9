/**
 * Which Codex and which OpenClaw the tests run against: those that this repository has installed, unless a variable
 * names another. It is not OPENCLAW_CODEX_APP_SERVER_BIN, a setting of the product that may be a developer's own.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isAtLeast } from "../../src/app-server/codex-version.js";
import { asObject, asString, parseJson } from "./wire-guards.js";

/** Each variable's value is a folder in which npm has installed the package. */
export const CODEX_UNDER_TEST = "CODEX_UNDER_TEST";
export const OPENCLAW_UNDER_TEST = "OPENCLAW_UNDER_TEST";

const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));

/** The folder of `@openai/codex`. */
export function codexFolder(): string {
  return dirname(resolveUnderTest(CODEX_UNDER_TEST, "@openai/codex/package.json"));
}

export function codexVersion(): string {
  return versionIn(codexFolder());
}

/** The folder of `openclaw`, which does not export its package.json. */
export function openClawFolder(): string {
  return dirname(dirname(resolveUnderTest(OPENCLAW_UNDER_TEST, "openclaw")));
}

/** Not every channel is released with every OpenClaw: the version of those that are not, by what theirs would be. */
const RELEASED_BEFORE: Readonly<Record<string, string>> = {
  "@openclaw/line@2026.9.6": "@openclaw/line@2026.9.5",
};

/** The npm package that brings a channel to this OpenClaw, in its version. */
export function channelPackage(channel: string): string {
  const withOpenClaw = `@openclaw/${channel}@${versionIn(openClawFolder())}`;
  return RELEASED_BEFORE[withOpenClaw] ?? withOpenClaw;
}

/** Whether this OpenClaw wants a yes to what a plugin can do before it installs it: since 2026.8. */
export function asksForCapabilities(): boolean {
  return isAtLeast(versionIn(openClawFolder()), "2026.8.0");
}

/** What this OpenClaw's `plugins doctor` says of plugins that it has nothing against. */
export function doctorsApproval(): RegExp {
  return isAtLeast(versionIn(openClawFolder()), "2026.8.0")
    ? /module loading, compatibility, .*checks passed/
    : /^No plugin issues detected\./m;
}

/**
 * Whether this OpenClaw's own agent answers a second message. 2026.6.11 refuses it, with or without this plugin:
 * "reply session initialization conflicted". It tries again for ever, and what it tries reaches whoever has the chat by then.
 */
export function agentAnswersAgain(): boolean {
  return isAtLeast(versionIn(openClawFolder()), "2026.7.0");
}

/** Whether this OpenClaw lets go of an updated and then uninstalled plugin without a restart. 2026.6.35 hands it messages as before. */
export function forgetsUninstalled(): boolean {
  return isAtLeast(versionIn(openClawFolder()), "2026.8.0");
}

/** Whether this OpenClaw restarts itself, the whole gateway, once a plugin that runs was updated to one that can do more. */
export function restartsToUpdate(): boolean {
  const version = versionIn(openClawFolder());
  return isAtLeast(version, "2026.8.0") && !isAtLeast(version, "2026.9.0");
}

/** The version of the package in this folder. */
export function versionIn(folder: string): string {
  const text = readFileSync(join(folder, "package.json"), "utf8");
  return asString(asObject(parseJson(text))["version"]);
}

function resolveUnderTest(variable: string, specifier: string): string {
  const folder = process.env[variable] ?? repositoryRoot;
  return createRequire(join(folder, "package.json")).resolve(specifier);
}
