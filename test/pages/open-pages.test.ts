import { describe, expect, onTestFinished, test, vi } from "vitest";
import { noteChange } from "../../src/common/changes.js";
import { OpenPages } from "../../src/operator/open-pages.js";

type Emit = (event: string, payload: object, options: object) => void;

const READ = { scope: "operator.read" };
/** Longer than changes are gathered. */
const A_WHILE_MS = 1000;

/** Pages of a gateway, with what they are told. */
function openPages() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const told: unknown[] = [];
  const warnings: string[] = [];
  const pages = new OpenPages((text) => void warnings.push(text));
  onTestFinished(() => pages.stop());
  const emit = vi.fn<Emit>((...event) => void told.push(event));
  pages.start({ emit });
  told.length = 0;
  return { pages, told, warnings, emit, later: () => vi.advanceTimersByTime(A_WHILE_MS) };
}

describe("the pages that are open", () => {
  test("are told nothing while none has looked", () => {
    const { told, later } = openPages();
    noteChange("/state/telegram-1");
    later();
    expect(told).toEqual([]);
  });

  test("hear once, with those who may read, of all that has changed together since one has looked", () => {
    const { pages, told, later } = openPages();
    pages.look();
    noteChange("/state/telegram-1");
    noteChange("/state/telegram-2");
    noteChange("/state/telegram-1");
    later();
    expect(told).toEqual([["changed", { sessions: ["telegram-1", "telegram-2"] }, READ]]);
    noteChange("/state/telegram-3");
    later();
    expect(told).toHaveLength(1);
  });

  test("hear of what has changed between a telling and the next look", () => {
    const { pages, told, later } = openPages();
    pages.look();
    noteChange("/state/telegram-1");
    later();
    noteChange("/state/telegram-2");
    pages.look();
    later();
    expect(told.at(-1)).toEqual(["changed", { sessions: ["telegram-2"] }, READ]);
  });

  test("look at all chats if so many have changed that it is no more to read them all", () => {
    const { pages, told, later } = openPages();
    pages.look();
    for (let chat = 0; chat < 500; chat += 1) noteChange(`/state/telegram-${chat}`);
    later();
    expect(told).toEqual([["changed", {}, READ]]);
  });

  test("look again when a reload has put a fresh copy in the place of the one that they knew", () => {
    const { pages, told, emit } = openPages();
    pages.stop();
    const fresh = new OpenPages(() => undefined);
    fresh.start({ emit });
    expect(told).toEqual([
      ["changed", {}, READ],
      ["progress", {}, READ],
    ]);
    fresh.stop();
  });

  test("cannot keep the gateway from its work by not being told", () => {
    const { pages, warnings, emit, later } = openPages();
    emit.mockImplementation(() => {
      throw new Error("the service was stopped");
    });
    pages.look();
    noteChange("/state/telegram-1");
    later();
    expect(warnings).toEqual([
      "the open pages could not be told of a change: Error: the service was stopped",
    ]);
  });
});
