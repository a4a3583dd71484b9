/** What a loss of power leaves of private files, on a disk that keeps nothing but what was synced, and any part of the rest. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  appendPrivateFile,
  createPrivateFile,
  makePrivateFolder,
  readPrivateFile,
  writePrivateFile,
} from "../../src/host/private-files.js";
import { SimulatedMachine } from "../support/simulated-disk.js";

vi.mock("node:fs/promises", async () => {
  const { simulatedFsModule } = await import("../support/simulated-disk.js");
  return simulatedFsModule();
});

const FOLDER = "/state/conversations/chat.inbox";
const FILE = `${FOLDER}/message.json`;

describe.each(Array.from({ length: 12 }, (_, seed) => seed))("a loss of power (%i)", (seed) => {
  let machine: SimulatedMachine;
  beforeEach(() => {
    machine = SimulatedMachine.withState(seed);
  });

  test("leaves a new file in folders that were made for it", async () => {
    await machine.run(() => createPrivateFile(FILE, "a message\n"));
    machine.losePower();
    expect(await machine.run(() => readPrivateFile(FILE))).toBe("a message\n");
  });

  test("leaves two new files for which the same folder was made at once", async () => {
    const other = `${FOLDER}/other.json`;
    await machine.run(() =>
      Promise.all([createPrivateFile(FILE, "one\n"), createPrivateFile(other, "two\n")]),
    );
    machine.losePower();
    expect(await machine.run(() => readPrivateFile(FILE))).toBe("one\n");
    expect(await machine.run(() => readPrivateFile(other))).toBe("two\n");
  });

  test("leaves a new folder", async () => {
    await machine.run(() => makePrivateFolder(FOLDER));
    machine.losePower();
    expect(machine.disk.find(FOLDER)?.kind).toBe("folder");
  });

  test("leaves a file that was replaced as it was or as it is", async () => {
    await machine.run(() => writePrivateFile(FILE, "old"));
    await machine.run(() => writePrivateFile(FILE, "new"));
    machine.losePower();
    expect(await machine.run(() => readPrivateFile(FILE))).toBe("new");
  });

  test("leaves a line that was added and synced", async () => {
    await machine.run(() => createPrivateFile(FILE, "first\n"));
    await machine.run(() => appendPrivateFile(FILE, "second\n", { synced: true }));
    machine.losePower();
    expect(await machine.run(() => readPrivateFile(FILE))).toBe("first\nsecond\n");
  });
});
