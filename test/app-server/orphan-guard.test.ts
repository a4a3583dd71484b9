import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Lifeline } from "../support/app-server/lifeline.js";

let lifeline: Lifeline;

beforeEach(async () => {
  lifeline = await Lifeline.open();
});

afterEach(async () => {
  await lifeline.close();
});

/** Runs a host that ends in this way while its app-server lives; gives the app-server's pid. */
async function endCarelessly(how: "exit" | "throw", ...traits: string[]): Promise<number> {
  const script = fileURLToPath(new URL("../support/app-server/careless-host.ts", import.meta.url));
  const options = JSON.stringify(lifeline.badChild(...traits));
  const host = spawn(process.execPath, ["--import", "tsx", script, how, options], {
    stdio: "ignore",
  });
  const exit = once(host, "exit");
  const pid = await lifeline.born();
  expect(await exit).toEqual([how === "exit" ? 0 : 1, null]);
  return pid;
}

test.each(["exit", "throw"] as const)(
  "when the host ends by %s, the app-server has time to end by itself",
  async (how) => {
    const pid = await endCarelessly(how);
    await lifeline.died(pid);
    expect(lifeline.events(pid)).toEqual(["born", "saw EOF", "died"]);
  },
);

test("when the host ends, an app-server that does not comply is killed", async () => {
  const pid = await endCarelessly("exit", "stubborn");
  await lifeline.died(pid);
  expect(lifeline.events(pid)).toEqual(["born", "saw EOF", "died"]);
});
