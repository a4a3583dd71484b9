/** What the compatibility run is asked to do. */
import { parseArgs } from "node:util";

export const HELP = `Usage: npm run compatibility -- [--codex VERSION]... [--openclaw VERSION]... [--render]

Runs the contract tests and one conversation against versions of Codex, and that conversation against versions of
OpenClaw; writes the results to docs/compatibility.json and docs/compatibility.md.

  --codex VERSION     only this Codex; repeat the option for more versions
  --openclaw VERSION  only this OpenClaw; repeat the option for more versions
  --render            only write docs/compatibility.md from docs/compatibility.json
  --help              show this help

Without a version it runs all of them, which takes about twenty minutes. They are installed with npm into .tmp/compat
and stay there.
`;

export type Options = {
  help: boolean;
  render: boolean;
  /** Undefined: those that belong to a whole run. Empty: none. */
  codex: readonly string[] | undefined;
  openClaw: readonly string[] | undefined;
};

/** @throws Error that says which option is wrong */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", default: false },
      render: { type: "boolean", default: false },
      codex: { type: "string", multiple: true, default: [] },
      openclaw: { type: "string", multiple: true, default: [] },
    },
  });
  const { help, render, codex, openclaw } = values;
  for (const version of [...codex, ...openclaw]) {
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) throw new Error(`${version} is no version`);
  }
  const all = codex.length + openclaw.length === 0;
  return { help, render, codex: all ? undefined : codex, openClaw: all ? undefined : openclaw };
}
