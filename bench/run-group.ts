/** Runs a group of rows in a process of its own, so that no group inherits another's heap or compiled code. */
import { fork } from "node:child_process";
import { once } from "node:events";
import type { GroupName } from "./group-names.js";
import type { Row } from "./row.js";

/** A group that takes longer hangs. */
const GROUP_TIMEOUT_MS = 15 * 60_000;

export type GroupTask = {
  group: GroupName;
  smoke: boolean;
  root: string;
  dist: string;
  worker: string;
};

export type GroupMessage = { progress: string } | { row: Omit<Row, "group"> };

export type GroupListener = {
  progress: (text: string) => void;
  row: (row: Omit<Row, "group">) => void;
};

/** @throws Error where the process ends in failure */
export async function runGroup(task: GroupTask, listener: GroupListener): Promise<void> {
  const child = fork(task.worker, [JSON.stringify(task)], {
    // Memory is compared after collections that the bench asks for.
    execArgv: ["--expose-gc", "--enable-source-maps"],
    cwd: task.root,
    // JSON knows no infinite ratios.
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    timeout: GROUP_TIMEOUT_MS,
  });
  const endWithUs = (): void => void child.kill();
  process.once("exit", endWithUs);
  child.on("message", (message) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the worker of this very build
    const told = message as GroupMessage;
    if ("row" in told) listener.row(told.row);
    else listener.progress(told.progress);
  });
  // What it has said may still be on its way when it is gone.
  const [[code, signal]] = await Promise.all([once(child, "exit"), once(child, "disconnect")]);
  process.off("exit", endWithUs);
  if (code !== 0) {
    throw new Error(`The group ${task.group} ended with ${String(code ?? signal)}.`);
  }
}
