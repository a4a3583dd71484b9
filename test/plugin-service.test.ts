import { beforeEach, describe, expect, test, vi } from "vitest";
import { disposeCodexAppServerClients } from "../src/app-server/client-pool.js";
import { createPluginService } from "../src/plugin-service.js";

const clients = vi.hoisted(() => new Array<unknown>());
const leaveIdleThreads = vi.hoisted(() =>
  vi.fn<(client: unknown) => Promise<void>>(async () => undefined),
);
vi.mock("../src/thread/thread.js", () => ({ leaveIdleThreads }));
vi.mock("../src/app-server/client-pool.js", () => ({
  codexClientPool: () => ({ clients: () => clients }),
  disposeCodexAppServerClients: vi.fn<() => Promise<void>>(async () => undefined),
}));

const LONG_AFTER_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(disposeCodexAppServerClients).mockReset();
  leaveIdleThreads.mockClear();
  clients.length = 0;
  return () => void vi.useRealTimers();
});

/** A service, and what it did in order. */
function service(answersSent: Promise<void> = Promise.resolve()) {
  const done: string[] = [];
  vi.mocked(disposeCodexAppServerClients).mockImplementation(async () => {
    done.push("end Codex");
  });
  const messages = {
    recover: async (folder: string) => void done.push(`recover ${folder}`),
    stop: async () => {
      done.push("stop messages");
      await answersSent;
    },
  };
  const log = (text: string): void => void done.push(`log: ${text}`);
  return { ...createPluginService(messages, "/state", log), done };
}

/** Twice, for the sake of messages that were on their way to it. */
const ENDED = ["stop messages", "end Codex", "end Codex"];

test("the start takes up what an earlier process left", async () => {
  const { start, done } = service();
  await start();
  expect(done).toEqual(["recover /state"]);
});

test("now and then idle threads are left, on every client, until the stop", async () => {
  clients.push("one", "two");
  const { start, stop } = service();
  await start();
  await vi.advanceTimersByTimeAsync(5 * 60_000);
  expect(leaveIdleThreads.mock.calls.map(([client]) => client)).toEqual(["one", "two"]);
  stop();
  await vi.advanceTimersByTimeAsync(60 * 60_000);
  expect(leaveIdleThreads).toHaveBeenCalledTimes(2);
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

  test("waits for the answers that are being sent, while Codex ends", async () => {
    const answersSent = Promise.withResolvers<void>();
    const { gatewayStopping, done } = service(answersSent.promise);
    const stopping = gatewayStopping("SIGTERM").then(() => done.push("may end"));
    await vi.advanceTimersByTimeAsync(0);
    expect(done).toEqual(ENDED);
    answersSent.resolve();
    await stopping;
    expect(done).toEqual([...ENDED, "may end"]);
  });

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

  test("whose successor takes long to start lets them go on as well", async () => {
    const old = service();
    old.stop();
    await old.gatewayStopping("plugin replacement");
    const successor = service();
    await vi.advanceTimersByTimeAsync(LONG_AFTER_MS);
    await successor.start();
    await vi.advanceTimersByTimeAsync(LONG_AFTER_MS);
    expect(old.done).toEqual([]);
    expect(successor.done).toEqual(["recover /state"]);
  });

  test("without a successor, as when the plugin was uninstalled, ends the work after a while and says what stays", async () => {
    const { stop, gatewayStopping, done } = service();
    stop();
    await gatewayStopping("plugin replacement");
    expect(done).toEqual([]);
    await vi.advanceTimersByTimeAsync(LONG_AFTER_MS);
    expect(done).toEqual([...ENDED, expect.stringMatching(/^log: .*stays on disk: \/state$/)]);
  });
});
