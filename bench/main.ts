/** `npm run bench`: measures the plugin beside its limits. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, release, type } from "node:os";
import path from "node:path";
import { type BenchArguments, readArguments, usage } from "./arguments.js";
import { buildPlugin, buildWorker, root } from "./build.js";
import type { GroupName } from "./group-names.js";
import { type Machine, writeFigures } from "./documentation.js";
import { tableOf } from "./report.js";
import type { Row } from "./row.js";
import { type GroupTask, runGroup } from "./run-group.js";

async function main(): Promise<number> {
  let args: BenchArguments;
  try {
    args = readArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (args.help) {
    console.log(usage);
    return 0;
  }
  await run(args);
  return 0;
}

async function run({ smoke, groups, json, writeDocs }: BenchArguments): Promise<void> {
  const scratch = path.join(root, ".tmp");
  await mkdir(scratch, { recursive: true });
  const folder = await mkdtemp(path.join(scratch, "bench-"));
  try {
    const [dist, worker] = [path.join(folder, "dist"), path.join(folder, "worker.mjs")];
    await Promise.all([buildPlugin(dist), buildWorker(worker)]);
    const machine = machineFacts();
    const measure = (group: GroupName): Promise<Row[]> =>
      rowsOf({ group, smoke, root, dist, worker });
    // Groups that measure have the machine to themselves.
    const rows = smoke ? (await Promise.all(groups.map(measure))).flat() : [];
    if (!smoke) for (const group of groups) rows.push(...(await measure(group)));
    console.log(tableOf(rows));
    const file = path.resolve(json ?? path.join(root, "bench", "results.json"));
    await writeFile(file, `${JSON.stringify({ smoke, machine, rows }, undefined, 2)}\n`);
    if (writeDocs) await writeFigures(machine, rows);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function rowsOf(task: GroupTask): Promise<Row[]> {
  const { group } = task;
  const rows: Row[] = [];
  await runGroup(task, {
    progress: (text) => console.error(`${group}: ${text} …`),
    row: (row) => void rows.push({ group, ...row }),
  });
  return rows;
}

function machineFacts(): Machine {
  const processors = cpus();
  return {
    node: process.version,
    system: `${type()} ${release().split("-", 1)[0]}`,
    processors: processors.length,
    model: processors[0]?.model ?? "unknown",
    loadBefore: loadavg(),
  };
}

process.exitCode = await main();
