import type * as z from "zod/mini";

/** A setting that cannot be used. The message names the setting, what it may be, and never its value. */
export class CodexConfigError extends Error {
  override readonly name = "CodexConfigError";
  readonly setting: string;

  constructor(setting: string, problem: string) {
    super(
      `Invalid setting ${setting}: ${problem}. Correct it in plugins.entries.codex-conversation.config and try again.`,
    );
    this.setting = setting;
  }
}

/** The chat's server is not in the settings any more, or was never: no other takes its place. */
export class CodexServerGoneError extends Error {
  override readonly name = "CodexServerGoneError";
  readonly server: string;

  constructor(server: string) {
    super(`There is no server ${server} in the settings.`);
    this.server = server;
  }
}

/** Parses settings with a schema, the first problem told in a sentence. @throws CodexConfigError */
export function parseConfig<T>(schema: z.ZodMiniType<T>, value: unknown, prefix: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = [prefix, ...(issue?.path ?? [])].filter((part) => part !== "").join(".");
  if (issue?.code === "unrecognized_keys") {
    const unknown = [...(path === "" ? [] : [path]), issue.keys[0]].join(".");
    throw new CodexConfigError(unknown, "there is no such setting");
  }
  throw new CodexConfigError(path === "" ? "config" : path, describe(issue));
}

function describe(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case "invalid_value":
      return `it must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "invalid_type":
      return `it must be ${issue.expected === "int" ? "a whole number" : article(issue.expected)}`;
    case "too_small":
      return `it must be at least ${issue.minimum}`;
    case "too_big":
      return `it must be at most ${issue.maximum}`;
    case "invalid_format":
      if (issue.pattern?.includes("wss?")) return "it must be a ws:// or wss:// address";
      if (issue.pattern?.includes("=*")) {
        return "it must be a variable's name, or its beginning with a * after it";
      }
      return "it must not be empty";
    default:
      return "it has the wrong form";
  }
}

function article(type: string): string {
  if (type === "record" || type === "object") return "an object";
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
