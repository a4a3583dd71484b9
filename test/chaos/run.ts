/** A whole run of the chaos suite: sets up, lets the chats live, disturbs, ends all and judges. */
import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bundleInto } from "./bundle.js";
import { judge, type Verdict } from "./check.js";
import { judgeQuestions } from "./check-questions.js";
import { Conversation } from "./conversation.js";
import { readFakeLog, type LogEntry } from "./fake-codex/log.js";
import { isAlive } from "./fake-codex/rollouts.js";
import { Gateways } from "./gateways.js";
import { Seeded } from "./seeded.js";
import { ChatTranscript } from "./transcripts.js";

export type RunSettings = {
  seed: number;
  /** Messages in all. */
  turns: number;
  conversations: number;
  onProgress?: (line: string) => void;
};

export type RunResult = {
  settings: RunSettings;
  durationMs: number;
  chats: ChatTranscript[];
  log: LogEntry[];
  verdict: Verdict;
  /** What went wrong beside the transcripts. */
  failures: string[];
  behaviour: Map<string, number>;
  gateways: Gateways;
};

/** How many messages lie between two ends of the gateway, about. */
const TURNS_PER_GATEWAY = 250;
/** But a short run sees so many ends too. */
const GATEWAYS_AT_LEAST = 6;
const APP_SERVERS = 6;
const STEPS_AT_ONCE = 40;

export async function runChaos(settings: RunSettings): Promise<RunResult> {
  const folder = await mkdtemp(path.join(await realpath(tmpdir()), "codex-chaos-"));
  try {
    return await runIn(folder, settings);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runIn(folder: string, settings: RunSettings): Promise<RunResult> {
  const { seed, turns, conversations } = settings;
  const startedAt = Date.now();
  const stateDir = path.join(folder, "state");
  const codexHome = path.join(folder, "codex");
  await mkdir(stateDir, { mode: 0o700 });
  const workspace = path.join(folder, "workspace");
  await mkdir(codexHome);
  await mkdir(workspace);
  const bundles = await bundleInto(folder);
  const config = {
    appServer: {
      command: process.execPath,
      args: [bundles.fakeCodex],
      passEnv: ["CHAOS_SEED", "CHAOS_HOME"],
      requestTimeoutMs: 3000,
      defaultWorkspaceDir: workspace,
    },
    turn: { idleTimeoutMs: 3000, maxDurationMs: 20_000, maxQueued: 5, approvalTimeoutMs: 1500 },
    approvals: "chat",
    progress: "off",
  };
  const chats = Array.from({ length: conversations }, (_, index) => new ChatTranscript(index + 1));
  const env = { CHAOS_SEED: String(seed), CHAOS_HOME: codexHome };
  const gateways = new Gateways({ seed, bundles, stateDir, env, config }, chats);

  let accepted = 0;
  const every = Math.min(TURNS_PER_GATEWAY, Math.ceil(turns / GATEWAYS_AT_LEAST));
  let nextDisturbance = disturbanceAfter(seed, 0, every);
  let disturbing: Promise<void> = Promise.resolve();
  const onAccepted = (): void => {
    accepted += 1;
    if (accepted % 500 === 0) settings.onProgress?.(`${accepted} of ${turns} messages`);
    if (accepted < nextDisturbance || accepted >= turns) return;
    nextDisturbance = accepted + disturbanceAfter(seed, accepted, every);
    disturbing = disturbing.then(() => gateways.disturb());
  };
  const limit = limitTo(STEPS_AT_ONCE);
  const people = chats.map((chat, index) => {
    const share = Math.floor(turns / conversations) + (index < turns % conversations ? 1 : 0);
    const profile = `profile-${index % APP_SERVERS}`;
    const life = { seed, stateDir, messages: share, profile, onAccepted, limit };
    return new Conversation(chat, gateways, life);
  });
  await Promise.all(people.map((person) => person.live()));
  await disturbing;
  settings.onProgress?.("all answered; ending");

  const failures = people.flatMap((person) => person.failures);
  failures.push(...(await residuesOf(gateways)));
  const log = readFakeLog(codexHome);
  failures.push(
    ...(await survivorsOf(log)),
    ...(await filesLeftIn(stateDir)),
    ...gateways.failures,
  );
  const behaviour = new Map<string, number>();
  for (const person of people) {
    for (const [name, count] of person.behaviour) {
      behaviour.set(name, (behaviour.get(name) ?? 0) + count);
    }
  }
  const verdict = judge(chats, log, gateways, seed);
  verdict.violations.push(...judgeQuestions(chats, log, gateways));
  const durationMs = Date.now() - startedAt;
  return { settings, durationMs, chats, log, verdict, failures, behaviour, gateways };
}

/** How many messages are accepted before the gateway ends the next time. */
function disturbanceAfter(seed: number, accepted: number, every: number): number {
  return new Seeded(seed, "disturbance", accepted).int(
    Math.ceil(every / 2),
    Math.ceil(every * 1.5),
  );
}

/** What the last gateway holds when every message is answered, and when it has ended. */
export async function residuesOf(gateways: Gateways): Promise<string[]> {
  const failures: string[] = [];
  // The last answer's file goes after its delivery, and a stopped turn's end is awaited after its answer.
  let idle = await gateways.inspect();
  for (let tries = 0; tries < 60 && idle && isBusy(idle); tries += 1) {
    await sleep(500);
    idle = await gateways.inspect();
  }
  if (!idle || isBusy(idle)) failures.push(`left when all was answered: ${JSON.stringify(idle)}`);
  const ended = await gateways.end();
  if (!ended || isBusy(ended) || ended.clients + ended.resources.length > 0) {
    failures.push(`left in a stopped gateway: ${JSON.stringify(ended)}`);
  }
  return failures;
}

function isBusy(left: {
  queued: number;
  activeTurns: number;
  questions: number;
  busyClients: number;
  handlers: number;
}): boolean {
  return left.queued + left.activeTurns + left.questions + left.busyClients + left.handlers > 0;
}

async function survivorsOf(log: readonly LogEntry[]): Promise<string[]> {
  const pids = new Set(log.filter(({ event }) => event === "born").map(({ pid }) => pid));
  let alive = [...pids].filter((pid) => isAlive(pid));
  for (let tries = 0; tries < 60 && alive.length > 0; tries += 1) {
    await sleep(100);
    alive = alive.filter((pid) => isAlive(pid));
  }
  return alive.map((pid) => `the app-server ${pid} is still alive`);
}

export async function filesLeftIn(stateDir: string): Promise<string[]> {
  const names = await readdir(stateDir, { recursive: true });
  const left = names.filter((name) =>
    /\.(?:in|out)box\/.*\.json$|\.tmp$|\.unreadable|\.detached$/.test(name),
  );
  return Promise.all(
    left.map(async (name) => {
      const content = await readFile(path.join(stateDir, name), "utf8");
      return `a file is left: ${name}: ${content}`;
    }),
  );
}

export function limitTo(count: number): { run<T>(step: () => Promise<T>): Promise<T> } {
  let free = count;
  const waiting: (() => void)[] = [];
  return {
    async run(step) {
      if (free === 0) await new Promise<void>((resolve) => void waiting.push(resolve));
      else free -= 1;
      try {
        return await step();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}
