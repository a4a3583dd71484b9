/**
 * Several app-servers on one real gateway, each reached in another way: processes of this machine, ssh, and a WebSocket
 * behind TLS. Each has a home and a folder of its own, as on machines of their own.
 */
import { mkdir, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealCodex } from "../support/app-server/real-codex.js";
import { CuttableLine } from "../support/cuttable-line.js";
import { findCodexBinary, writeCodexHome } from "../support/codex-home.js";
import { lookUntil } from "../support/look-again.js";
import { removeFolder } from "../support/keeper-process.js";
import { findFreePort } from "../support/loopback-server.js";
import { certifiedBy, newAuthority, type Certificate } from "../support/self-signed.js";
import type { TranscriptEntry } from "../support/transcript.js";
import { answerTo, Stage } from "../e2e/stage.js";
import { SshHost } from "./ssh-host.js";

const TOKEN = "a-token-of-this-test";
const SCENARIO_MS = 180_000;
const HEARD_WITHIN_MS = 90_000;

/** Each server with the chat that is bound to it. */
const CHATS = { default: 9101, north: 9102, box: 9103, cloud: 9104 } as const;
type Name = keyof typeof CHATS;
const NAMES = ["default", "north", "box", "cloud"] as const satisfies readonly Name[];
const REFUSED = 9105;

let folder: string;
let stage: Stage;
let box: SshHost;
let cloud: RealCodex;
let fronts: CuttableLine[];

/** What stands before an app-server that listens without TLS, as an operator's nginx would. */
const tlsFront = (port: number, { key, cert }: Certificate): Promise<CuttableLine> =>
  CuttableLine.to(port, (take) => createServer({ key, cert }, take));

const homeOf = (name: Name): string =>
  name === "default" ? stage.chain.codexHome : join(folder, name, "home");
const workspaceOf = (name: Name): string =>
  name === "default" ? stage.chain.workspace : join(folder, name, "work");

const inItsFolder = (name: Name) => ({
  defaultWorkspaceDir: workspaceOf(name),
  workspaceRoots: [workspaceOf(name)],
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "machines-"));
  const binary = await findCodexBinary();
  for (const name of ["north", "box", "cloud"] as const) {
    // oxlint-disable-next-line no-await-in-loop
    await mkdir(workspaceOf(name), { recursive: true });
  }
  box = await SshHost.start(join(folder, "sshd"));
  const authority = newAuthority("the operator's authority");
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, authority.cert);
  const port = await findFreePort();
  fronts = await Promise.all([
    tlsFront(port, certifiedBy(authority, "localhost")),
    tlsFront(port, certifiedBy(newAuthority("somebody else"), "localhost")),
    tlsFront(port, certifiedBy(authority, "elsewhere.example")),
  ]);
  const [good, forged, misnamed] = fronts.map((front) => ({
    transport: "websocket",
    url: `wss://localhost:${front.port}`,
    authToken: TOKEN,
    caFile,
    ...inItsFolder("cloud"),
  }));
  const codexOf = (name: Name): string[] => [
    `CODEX_HOME=${homeOf(name)}`,
    binary,
    "app-server",
    "--listen",
    "stdio://",
  ];
  const overSsh = (options?: Parameters<SshHost["argsFor"]>[1]) => ({
    command: "ssh",
    args: box.argsFor(["env", ...codexOf("box")], options),
    ...inItsFolder("box"),
  });
  stage = await Stage.open([...Object.values(CHATS), REFUSED], [], {
    plugin: {
      servers: {
        north: { command: "env", args: codexOf("north"), ...inItsFolder("north") },
        box: overSsh(),
        cloud: good,
        "wrong-key": overSsh({ key: "other-key" }),
        "unknown-host": overSsh({ knownHosts: "no_known_hosts" }),
        forged,
        misnamed,
        "wrong-token": { ...good, authToken: "another token" },
      },
    },
  });
  const { model } = stage.chain;
  for (const name of ["north", "box", "cloud"] as const) {
    // oxlint-disable-next-line no-await-in-loop
    await writeCodexHome(homeOf(name), model.baseUrl);
  }
  cloud = await RealCodex.beside({
    model,
    codexHome: homeOf("cloud"),
    workspace: workspaceOf("cloud"),
  });
  await cloud.listen(TOKEN, port);
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await cloud?.dispose();
  await Promise.all((fronts ?? []).map((front) => front.stop()));
  await box?.stop();
  await removeFolder(folder);
});

const hears = (after: TranscriptEntry, text: string | RegExp): Promise<TranscriptEntry> =>
  stage.replyTo(after, text, HEARD_WITHIN_MS);

async function bindOn(name: Name): Promise<void> {
  const chat = CHATS[name];
  const prompt = await hears(
    stage.say(chat, `/codexchat bind --on ${name}`),
    /^Plugin bind approval required/,
  );
  expect(prompt.text).toContain(`on the server ${name}`);
  await hears(stage.chain.telegram.person.click(prompt, "Allow once"), /^Allowed/);
}

/** The threads that a server keeps, as far as they have run. */
async function threadsIn(home: string): Promise<string[]> {
  const files = await readdir(join(home, "sessions"), { recursive: true }).catch(() => []);
  return files.filter((file) => file.endsWith(".jsonl"));
}

/** The Codex processes that work in a home. */
async function codexIn(home: string): Promise<number[]> {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const environments = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/environ`, "latin1").catch(() => "")),
  );
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "")),
  );
  return pids.filter(
    (_, at) =>
      environments[at]?.split("\0").includes(`CODEX_HOME=${home}`) &&
      /codex\0app-server/.test(commands[at] ?? ""),
  );
}

/** Has a turn at work in every chat; `finish` ends those of these chats with their answers. */
async function turnsEverywhere(text: string) {
  const running = new Map<Name, { said: TranscriptEntry; words: string; open: () => void }>();
  for (const name of NAMES) {
    const words = `${text} on ${name}`;
    const gate = stage.holdTurnsAsked(words);
    running.set(name, { said: stage.say(CHATS[name], words), words, open: () => gate.open() });
    // oxlint-disable-next-line no-await-in-loop
    await stage.chain.model.waitForRequest(new RegExp(`^${words}$`));
  }
  return {
    of: (name: Name): TranscriptEntry => running.get(name)!.said,
    finish: async (names: readonly Name[]): Promise<void> => {
      for (const name of names) running.get(name)!.open();
      await Promise.all(
        names.map((name) => hears(running.get(name)!.said, answerTo(running.get(name)!.words))),
      );
    },
  };
}

async function everybodyTalks(text: string): Promise<void> {
  await Promise.all(NAMES.map((name) => stage.talk(CHATS[name], `${text}, ${name}`)));
}

test(
  "each chat's thread is on the server that it was bound to, over a process, ssh, and TLS with a token",
  { timeout: SCENARIO_MS },
  async () => {
    for (const name of NAMES) {
      // oxlint-disable-next-line no-await-in-loop
      await bindOn(name);
    }
    await everybodyTalks("hello");
    for (const name of NAMES) {
      // oxlint-disable-next-line no-await-in-loop
      const [thread = "", ...more] = await threadsIn(homeOf(name));
      expect(more).toEqual([]);
      // oxlint-disable-next-line no-await-in-loop
      const status = await stage.command(CHATS[name], "status", /^Codex thread: /);
      const threadId = /^Codex thread: (\S+)/.exec(status.text.replaceAll("\u2060", ""))?.[1];
      expect(thread).toContain(threadId);
      expect(status.text).toMatch(new RegExp(`^Server: ${name}$`, "m"));
      expect(status.text.replaceAll("\u2060", "")).toContain(`Folder: ${workspaceOf(name)}`);
    }
  },
);

test(
  "after a restart of the gateway each chat goes on with its thread on its server",
  { timeout: SCENARIO_MS },
  async () => {
    await stage.chain.gateway.stop();
    await stage.chain.gateway.start();
    await everybodyTalks("again");
    for (const name of NAMES) {
      const asked = stage.chain.model.requests.entries.find(
        ({ said }) => said === `again, ${name}`,
      );
      expect(asked?.history).toEqual([`hello, ${name}`, `again, ${name}`]);
    }
  },
);

test(
  "a server that is killed in the middle of a turn has its own chat told, and the others' turns go on",
  { timeout: SCENARIO_MS },
  async () => {
    const turns = await turnsEverywhere("work");
    const pids = await codexIn(homeOf("north"));
    expect(pids).toHaveLength(1);
    for (const pid of pids) process.kill(pid, "SIGKILL");
    const told = await hears(turns.of("north"), /^Codex app-server turn failed: /);
    expect(told.text).toMatch(/was ended by SIGKILL/);
    await turns.finish(["default", "box", "cloud"]);
    await everybodyTalks("after the kill");
  },
);

test(
  "a lost ssh connection is told as that in its chat, Codex there ends with it, and the next message connects again",
  { timeout: SCENARIO_MS },
  async () => {
    const turns = await turnsEverywhere("more work");
    const before = await codexIn(homeOf("box"));
    expect(before).toHaveLength(1);
    await box.cutConnections();
    const told = await hears(turns.of("box"), /^Codex app-server turn failed: /);
    expect(told.text).toMatch(/The ssh connection to the Codex app-server was lost/);
    await turns.finish(["default", "north", "cloud"]);
    await lookUntil("Codex on the box has ended", async () => {
      const now = await codexIn(homeOf("box"));
      return before.some((pid) => now.includes(pid)) ? undefined : true;
    });
    await everybodyTalks("after the cut");
  },
);

describe("a server that lets nobody in is told as that, and no thread begins anywhere", () => {
  test.each([
    ["wrong-key", /ssh could not log in .*Permission denied/],
    ["unknown-host", /ssh could not log in .*Host key verification failed/],
    ["forged", /its certificate is from nobody whom this gateway trusts/],
    ["misnamed", /its certificate is for another host/],
    ["wrong-token", /it refused the token/],
  ])("%s", async (name, reason) => {
    const before = (await Promise.all(NAMES.map((each) => threadsIn(homeOf(each))))).flat();
    const told = await stage.command(
      REFUSED,
      `bind --on ${name}`,
      /^Codex could not be bound: |^Plugin bind/,
    );
    expect(told.text.replaceAll("\u2060", "")).toMatch(reason);
    expect((await Promise.all(NAMES.map((each) => threadsIn(homeOf(each))))).flat()).toEqual(
      before,
    );
  });
});
