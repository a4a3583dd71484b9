import { beforeEach, describe, expect, test, vi } from "vitest";
import { disposeCodexAppServerClients } from "../src/app-server/client-pool.js";
import { createPluginService } from "../src/plugin-service.js";

vi.mock("../src/app-server/client-pool.js", () => ({
  disposeCodexAppServerClients: vi.fn<() => Promise<void>>(async () => undefined),
}));

const LONG_AFTER_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(disposeCodexAppServerClients).mockReset();
  return () => void vi.useRealTimers();
});

/** A service, and what it did in order. */
function service() {
  const done: string[] = [];
  vi.mocked(disposeCodexAppServerClients).mockImplementation(async () => {
    done.push("end Codex");
  });
  const messages = {
    recover: async (folder: string) => void done.push(`recover ${folder}`),
    stop: () => void done.push("stop messages"),
  };
  return { ...createPluginService(messages, "/state"), done };
}

const ENDED = ["stop messages", "end Codex"];

test("the start takes up what an earlier process left", async () => {
  const { start, done } = service();
  await start();
  expect(done).toEqual(["recover /state"]);
});

describe("the end of the gateway", () => {
  test.each(["gateway stopping", "SIGTERM", undefined])(
    "ends the work at once, the messages before Codex: %s",
    async (reason) => {
      const { gatewayStopping, done } = service();
      await gatewayStopping(reason);
      expect(done).toEqual(ENDED);
    },
  );

  test("that follows the service's stop leaves nothing to end later", async () => {
    const { stop, gatewayStopping, done } = service();
    stop();
    await gatewayStopping("gateway stopping");
    await vi.advanceTimersByTimeAsync(LONG_AFTER_MS);
    expect(done).toEqual(ENDED);
  });
});

describe("a reload of the plugin", () => {
  test("lets turns and answers go on: its successor takes them over", async () => {
    const old = service();
    old.stop();
    await old.gatewayStopping("plugin replacement");
    const successor = service();
    await successor.start();
    await vi.advanceTimersByTimeAsync(LONG_AFTER_MS);
    expect(old.done).toEqual([]);
    expect(successor.done).toEqual(["recover /state"]);
  });

  test("without a successor, as when the plugin was switched off, ends the work after a while", async () => {
    const { stop, gatewayStopping, done } = service();
    stop();
    await gatewayStopping("plugin replacement");
    expect(done).toEqual([]);
    await vi.advanceTimersByTimeAsync(LONG_AFTER_MS);
    expect(done).toEqual(ENDED);
  });
});
