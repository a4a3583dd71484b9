import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CodexProcess } from "../../src/app-server/process.js";
import { Lifeline } from "../support/app-server/lifeline.js";

let lifeline: Lifeline;

beforeEach(async () => {
  lifeline = await Lifeline.open();
});

afterEach(async () => {
  vi.useRealTimers();
  await lifeline.close();
});

/** The waits of the shutdown ladder, in the hands of the test. */
function holdTheClock(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
}

describe("a stop", () => {
  test("closes stdin and signals nothing to a child that complies", async () => {
    const child = new CodexProcess(lifeline.badChild());
    const pid = await lifeline.born();
    holdTheClock();
    await child.stop();
    await lifeline.died(pid);
    expect(lifeline.events(pid)).toEqual(["born", "saw EOF", "died"]);
    expect(vi.getTimerCount()).toBe(0);
    expect(child.describeEnd().message).toBe("The Codex app-server exited with code 0.");
  });

  test("of a stubborn child goes on to SIGTERM after 2 s, and to SIGKILL after 2 s more", async () => {
    const child = new CodexProcess(lifeline.badChild("stubborn"));
    const pid = await lifeline.born();
    holdTheClock();
    const stopped = child.stop();
    expect(child.stop()).toBe(stopped);
    await lifeline.saw(pid, "EOF");
    await vi.advanceTimersByTimeAsync(1_999);
    expect(lifeline.events(pid)).not.toContain("saw SIGTERM");
    await vi.advanceTimersByTimeAsync(1);
    await lifeline.saw(pid, "SIGTERM");
    await vi.advanceTimersByTimeAsync(2_000);
    await stopped;
    await lifeline.died(pid);
    expect(child.describeEnd().message).toBe("The Codex app-server was ended by SIGKILL.");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("takes along what the child started in its group", async () => {
    const child = new CodexProcess(lifeline.badChild());
    const pid = await lifeline.born();
    child.stdin.write('{"id":1,"method":"grandchild","params":{}}\n');
    const grandchild = await lifeline.born(pid);
    await child.stop();
    await expect(lifeline.died(grandchild)).resolves.toBeUndefined();
  });
});

test("a stop lets go of pipes that a process outside of the group still holds", async () => {
  const child = new CodexProcess(lifeline.badChild());
  const pid = await lifeline.born();
  const params = { holdsOutput: true, leavesGroup: true };
  child.stdin.write(`${JSON.stringify({ id: 1, method: "grandchild", params })}\n`);
  await lifeline.born(pid);
  await child.stop();
  expect([child.stdin.destroyed, child.stdout.destroyed]).toEqual([true, true]);
});

test("a child that dies takes along what it started in its group", async () => {
  const child = new CodexProcess(lifeline.badChild());
  const pid = await lifeline.born();
  child.stdin.write('{"id":1,"method":"grandchild","params":{}}\n');
  const grandchild = await lifeline.born(pid);
  process.kill(pid, "SIGKILL");
  await child.exited;
  await expect(lifeline.died(grandchild)).resolves.toBeUndefined();
});

/** The pid of a child, and of what it has started. */
async function family(child: CodexProcess, how: { isDeaf?: boolean; leavesGroup?: boolean }) {
  const pid = await lifeline.born();
  const params = { leavesGroupOnly: how.leavesGroup !== true, ...how };
  child.stdin.write(`${JSON.stringify({ id: 1, method: "grandchild", params })}\n`);
  return { pid, grandchild: await lifeline.born(pid) };
}

describe.runIf(process.platform === "linux")(
  "what has left the group of a child, but not its session, as its sandbox does",
  () => {
    test.each([
      { kind: "what hears SIGTERM", isDeaf: false },
      { kind: "what is deaf to it", isDeaf: true },
    ])("ends when the child is killed: $kind", async ({ isDeaf }) => {
      const child = new CodexProcess(lifeline.badChild());
      const { pid, grandchild } = await family(child, { isDeaf });
      process.kill(pid, "SIGKILL");
      await expect(lifeline.died(grandchild)).resolves.toBeUndefined();
      await child.stop();
    });

    test("has ended when a stop of the child has", async () => {
      const child = new CodexProcess(lifeline.badChild());
      const { grandchild } = await family(child, { isDeaf: true });
      await child.stop();
      // What nobody waits for stays in the list, as a zombie.
      const stat = await readFile(`/proc/${grandchild}/stat`, "utf8").catch(() => ") Z");
      expect(stat).toContain(") Z");
    });

    test("stays if it has a session of its own, as a server that was meant to stay", async () => {
      const child = new CodexProcess(lifeline.badChild());
      const { grandchild } = await family(child, { leavesGroup: true });
      await child.stop();
      expect(process.kill(grandchild, 0)).toBe(true);
    });
  },
);

/** The pid of a sandbox that a child starts after it has started those. */
function sandboxOf(child: CodexProcess, isWatched: boolean, ...before: number[]): Promise<number> {
  child.stdin.write(`${JSON.stringify({ id: 1, method: "sandbox", params: { isWatched } })}\n`);
  return lifeline.born(...before);
}

describe.runIf(process.platform === "linux")("the sandbox of a command that was killed", () => {
  test("ends after an interrupt if nobody watches over it any more, and no other does", async () => {
    const child = new CodexProcess(lifeline.badChild());
    const pid = await lifeline.born();
    const watched = await sandboxOf(child, true, pid);
    const orphan = await sandboxOf(child, false, pid, watched);
    child.commandsKilled();
    await lifeline.died(orphan);
    expect(process.kill(watched, 0)).toBe(true);
    await child.stop();
  });

  test("ends with its app-server", async () => {
    const child = new CodexProcess(lifeline.badChild());
    const sandbox = await sandboxOf(child, false, await lifeline.born());
    await child.stop();
    await expect(lifeline.died(sandbox)).resolves.toBeUndefined();
  });

  test("is left to the app-server that has started it", async () => {
    const child = new CodexProcess(lifeline.badChild());
    const pid = await lifeline.born();
    const orphan = await sandboxOf(child, false, pid);
    const other = new CodexProcess(lifeline.badChild());
    await other.stop();
    expect(process.kill(orphan, 0)).toBe(true);
    await child.stop();
  });
});

test("no listener for the end of this process is left when the child is gone", async () => {
  const before = process.listenerCount("exit");
  const children = [
    new CodexProcess(lifeline.badChild()),
    new CodexProcess(lifeline.badChild("dead-on-arrival")),
    new CodexProcess({ ...lifeline.badChild(), command: "no-such-command-anywhere" }),
  ];
  expect(process.listenerCount("exit")).toBe(before + 1);
  await lifeline.born();
  const [living, ...dead] = children;
  await Promise.all(dead.map((child) => child.stop()));
  expect(process.listenerCount("exit")).toBe(before + 1);
  await living?.stop();
  expect(process.listenerCount("exit")).toBe(before);
});

describe("a child that never lives says what to do", () => {
  test.each([
    ["config", /appServer\.command/],
    ["env", /OPENCLAW_CODEX_APP_SERVER_BIN/],
    [
      "default",
      /npm install -g @openai\/codex`, or set appServer\.command or .*OPENCLAW_CODEX_APP_SERVER_BIN/,
    ],
  ] as const)("when the command of the %s is missing", async (commandSource, remedy) => {
    const child = new CodexProcess({
      ...lifeline.badChild(),
      command: "no-such-command",
      commandSource,
    });
    await child.exited;
    expect(child.describeEnd()).toMatchObject({
      code: "COMMAND_NOT_FOUND",
      message: expect.stringMatching(/"no-such-command"/),
    });
    expect(child.describeEnd().message).toMatch(remedy);
    await child.stop();
  });

  test("when the file is not executable", async () => {
    const folder = await mkdtemp(join(tmpdir(), "codex-process-"));
    try {
      const command = join(folder, "codex");
      await writeFile(command, "#!/bin/sh\n");
      await chmod(command, 0o600);
      const child = new CodexProcess({ ...lifeline.badChild(), command });
      await child.exited;
      expect(child.describeEnd()).toMatchObject({
        code: "START_FAILED",
        message: expect.stringContaining("it is not an executable file. Correct appServer.command"),
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("when the system refuses the very attempt", () => {
    expect(() => new CodexProcess({ ...lifeline.badChild(), args: ["a\0b"] })).toThrow(
      expect.objectContaining({ code: "START_FAILED" }),
    );
  });
});

test("the child gets of the environment what is named for it", async () => {
  const name = "CODEX_PROCESS_TEST_SECRET";
  process.env[name] = "secret";
  try {
    const answers: unknown[] = [];
    for (const named of [{}, { passEnv: [name] }, { passEnv: [name], clearEnv: [name] }]) {
      const child = new CodexProcess({ ...lifeline.badChild(), ...named });
      child.stdin.write(`${JSON.stringify({ id: 1, method: "environment", params: { name } })}\n`);
      // oxlint-disable-next-line no-await-in-loop
      for await (const chunk of child.stdout) {
        answers.push(JSON.parse(String(chunk)));
        break;
      }
      // oxlint-disable-next-line no-await-in-loop
      await child.stop();
    }
    expect(answers).toEqual([
      { id: 1, result: null },
      { id: 1, result: "secret" },
      { id: 1, result: null },
    ]);
  } finally {
    delete process.env[name];
  }
});
