import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  disposeCodexAppServerClients,
  retireCodexAppServerClient,
} from "../../src/app-server/client-pool.js";
import { OLDEST_CODEX } from "../../src/app-server/codex-version.js";
import * as sharedClient from "../../src/app-server/shared-client.js";
import { Lifeline } from "../support/app-server/lifeline.js";
import { failureOf } from "../support/failure.js";

const { getSharedCodexAppServerClient } = sharedClient;

let lifeline: Lifeline;

beforeEach(async () => {
  lifeline = await Lifeline.open();
});

afterEach(async () => {
  vi.useRealTimers();
  await disposeCodexAppServerClients();
  await lifeline.close();
});

function get(...traits: string[]) {
  return getSharedCodexAppServerClient({
    startOptions: lifeline.badChild(...traits),
    timeoutMs: 60_000,
  });
}

test("nothing else is exported: tests from outside replace the whole module", () => {
  expect(Object.keys(sharedClient)).toEqual(["getSharedCodexAppServerClient"]);
});

test("one process serves all, until it is retired or everything is disposed of", async () => {
  const [client, same] = await Promise.all([get(), get()]);
  const pid = await lifeline.born();
  expect(same).toBe(client);
  expect(client.serverVersion).toBe("0.777.0");

  await retireCodexAppServerClient(client, "It did not stop.");
  await lifeline.died(pid);
  const next = await get();
  const nextPid = await lifeline.born(pid);
  expect(await next.request("echo", 1, { timeoutMs: 60_000 })).toBe(1);

  await disposeCodexAppServerClients();
  await lifeline.died(nextPid);
  expect(next.isClosed).toBe(true);
});

test("a start that ends at once fails with the process's last words", async () => {
  await expect(get("dead-on-arrival")).rejects.toMatchObject({
    code: "START_FAILED",
    message: "The Codex app-server exited with code 1. Its last words: cannot read config.toml",
  });
});

test("a Codex that does not even know how it is started says that it is too old, again and again", async () => {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await expect(get("ancient")).rejects.toMatchObject({
      code: "TOO_OLD",
      message: `this Codex is too old: this needs ${OLDEST_CODEX} or newer. Update it with: \`npm install -g @openai/codex\``,
    });
  }
});

test("a start that is never answered ends in time, and its process with it", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const late = failureOf(get("mute"));
  const pid = await lifeline.born();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await late).toMatchObject({
    code: "START_FAILED",
    message: "The Codex app-server was not ready within 60 s.",
  });
  await lifeline.died(pid);
});
