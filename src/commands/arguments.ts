/** Reads what a person typed after `/codexchat`, on a keyboard that may have had its own ideas. */
import { parseArgs } from "node:util";

/** Splits at spaces; single, double and typographic quotes keep a part together, after `--flag=` too. */
export function splitArguments(text: string): string[] {
  const pattern =
    /(?<flag>[-–—]{1,2}\p{L}[\p{L}-]*=)?(?:"(?<a>[^"]*)"|'(?<b>[^']*)'|[“„](?<c>[^”“]*)[”“]|‘(?<d>[^’]*)’)|(?<bare>\S+)/gu;
  return Array.from(text.matchAll(pattern), ({ groups: { flag, a, b, c, d, bare } = {} }) =>
    bare === undefined
      ? `${withTypedDashes(flag ?? "")}${a ?? b ?? c ?? d ?? ""}`
      : withTypedDashes(bare),
  );
}

/** Phones turn a typed -- into a dash. */
function withTypedDashes(word: string): string {
  return word.replace(/^[–—]+(?=\p{L})/u, "--");
}

/** `threadId` is what stands alone: a thread's id, or a project's name. */
export type BindArguments = {
  threadId?: string;
  cwd?: string;
  model?: string;
  provider?: string;
  worktree?: string;
  /** A server's name, as it was typed. */
  on?: string;
};

/** The arguments of `bind`; undefined where they make no sense, so that its usage is shown. */
export function parseBindArguments(args: string[]): BindArguments | undefined {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        cwd: { type: "string" },
        model: { type: "string" },
        provider: { type: "string" },
        worktree: { type: "string" },
        on: { type: "string" },
      },
    });
    const [threadId, ...rest] = positionals;
    const blank = [threadId, ...Object.values(values)].some((value) => value?.trim() === "");
    if (rest.length > 0 || blank) return undefined;
    if (threadId !== undefined && !/^[\w-]{1,100}$/.test(threadId)) return undefined;
    const names = [values.model, values.provider].filter((name) => name !== undefined);
    if (!names.every((name) => /^[\w.:/-]{1,100}$/.test(name))) return undefined;
    return { ...values, ...(threadId === undefined ? {} : { threadId }) };
  } catch {
    return undefined;
  }
}

/** `--on NAME` taken out of the arguments; undefined if no name follows it. */
export function splitServer(args: readonly string[]): { on?: string; rest: string[] } | undefined {
  const at = args.findIndex((arg) => arg === "--on" || arg.startsWith("--on="));
  const found = args[at];
  if (found === undefined) return { rest: [...args] };
  const isJoined = found !== "--on";
  const on = isJoined ? found.slice("--on=".length) : args[at + 1];
  if (on === undefined || on.trim() === "") return undefined;
  return { on, rest: args.toSpliced(at, isJoined ? 1 : 2) };
}
