import { parseArgs } from "node:util";
import { GROUP_NAMES, type GroupName } from "./group-names.js";

export const usage = `npm run bench -- [options]

Compares the plugin with the minimum that the same work can cost, in pairs.

  --smoke       few, small samples: checks that everything runs, measures nothing
  --only NAME   run only this group; repeat the option for more groups
                (${GROUP_NAMES.join(", ")})
  --json FILE   write the figures to FILE; default: bench/results.json
  --write-docs  copy the figures of a whole run into docs/performance.md
  --help        show this help`;

export type BenchArguments = {
  smoke: boolean;
  groups: readonly GroupName[];
  json: string | undefined;
  writeDocs: boolean;
  help: boolean;
};

/** @throws Error that says what is wrong with the arguments */
export function readArguments(args: string[]): BenchArguments {
  const { values } = parseArgs({
    args,
    options: {
      smoke: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      json: { type: "string" },
      "write-docs": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const unknown = values.only.find((name) => !GROUP_NAMES.some((group) => group === name));
  if (unknown !== undefined) throw new Error(`There is no group "${unknown}".`);
  const groups = GROUP_NAMES.filter(
    (group) => values.only.length === 0 || values.only.includes(group),
  );
  const { smoke, json, help, "write-docs": writeDocs } = values;
  if (writeDocs && (smoke || groups.length < GROUP_NAMES.length)) {
    throw new Error("Only a whole run that measures goes into the documentation.");
  }
  return { smoke, groups, json, writeDocs, help };
}
