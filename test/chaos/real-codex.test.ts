/** The real Codex and the gateway, killed at moments that a seed draws, while turns run. */
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { findCodexBinary, writeCodexHome } from "../support/codex-home.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";
import { ScriptedResponsesApi, type Script } from "../support/responses-api.js";
import { bundleInto } from "./bundle.js";
import { judge } from "./check.js";
import { Conversation } from "./conversation.js";
import type { LogEntry } from "./fake-codex/log.js";
import { isAlive } from "./fake-codex/rollouts.js";
import { Gateways } from "./gateways.js";
import { describeFailure, passed } from "./report.js";
import { filesLeftIn, limitTo, residuesOf } from "./run.js";
import { Seeded } from "./seeded.js";
import { answerTo, tagsIn, type Tag } from "./tags.js";
import { ChatTranscript } from "./transcripts.js";

const SEED = 7;
const CHATS = 4;
const MESSAGES_PER_CHAT = 8;
/** Messages between two kills. */
const EVERY = 5;

/** What Codex had of each message is in the requests that it made to the model. */
function logOf(api: ScriptedResponsesApi): LogEntry[] {
  return api.requests.entries.flatMap(({ said }) => {
    const [tag] = tagsIn(said);
    if (tag === undefined) return [];
    const entry = { at: 0, pid: 0, tag };
    return [
      { ...entry, event: "turn" },
      { ...entry, event: "end", what: "completed" },
    ] satisfies LogEntry[];
  });
}

/** The message that each thread is at; what is steered into its turn names none. */
const current = new Map<string, Tag[]>();

const slowly: Script = ({ said, threadId }) => {
  const named = tagsIn(said).slice(0, 1);
  const tags = named.length > 0 ? named : (current.get(threadId) ?? []);
  current.set(threadId, tags);
  const ms = new Seeded(SEED, "model", ...tags).int(0, 400);
  return [
    { do: "pause", ms },
    { do: "say", text: answerTo(tags, 1), phase: "final_answer" },
  ];
};

async function appServersOf(gateway: number): Promise<number[]> {
  const children = await readFile(`/proc/${gateway}/task/${gateway}/children`, "utf8").catch(
    () => "",
  );
  return children.split(" ").filter(Boolean).map(Number);
}

test.runIf(process.platform === "linux")(
  "the real Codex under kills: each message is answered once, in order, with its own",
  { timeout: 90_000 },
  async () => {
    const folder = await temporaryFolder();
    const stateDir = path.join(folder, "state");
    const workspace = path.join(folder, "workspace");
    await Promise.all([mkdir(stateDir, { mode: 0o700 }), mkdir(workspace)]);
    const api = await ScriptedResponsesApi.start(slowly);
    onTestFinished(() => api.stop());
    await writeCodexHome(path.join(folder, "codex"), api.baseUrl);
    const chats = Array.from({ length: CHATS }, (_, index) => new ChatTranscript(index + 1));
    const config = {
      appServer: {
        command: await findCodexBinary(),
        requestTimeoutMs: 10_000,
        defaultWorkspaceDir: workspace,
      },
      turn: { idleTimeoutMs: 10_000, maxQueued: 10 },
      approvals: "decline",
      progress: "off",
    };
    const gateways = new Gateways(
      {
        seed: SEED,
        bundles: await bundleInto(folder),
        stateDir,
        env: { CODEX_HOME: path.join(folder, "codex") },
        config,
      },
      chats,
    );

    const random = new Seeded(SEED, "kills");
    const seen = new Set<number>();
    let killed = 0;
    const killCodex = async (): Promise<void> => {
      const pids = await gateways.with((gateway) => appServersOf(gateway.pid));
      await sleep(random.int(0, 300));
      for (const pid of pids) {
        seen.add(pid);
        if (isAlive(pid)) process.kill(pid, "SIGKILL");
        killed += 1;
      }
    };
    let accepted = 0;
    let disturbing = Promise.resolve();
    const onAccepted = (): void => {
      accepted += 1;
      if (accepted % EVERY !== 0) return;
      const ofCodex = random.chance(0.5);
      disturbing = disturbing.then(() => (ofCodex ? killCodex() : gateways.disturb()));
    };
    const people = chats.map(
      (chat) =>
        new Conversation(chat, gateways, {
          seed: SEED,
          stateDir,
          messages: MESSAGES_PER_CHAT,
          profile: "real",
          onAccepted,
          limit: limitTo(CHATS),
        }),
    );
    await Promise.all(people.map((person) => person.live()));
    await disturbing;

    const failures = [
      ...people.flatMap((person) => person.failures),
      ...(await residuesOf(gateways)),
      ...(await filesLeftIn(stateDir)),
      ...gateways.failures,
      ...[...seen].filter((pid) => isAlive(pid)).map((pid) => `Codex ${pid} is still alive`),
    ];
    const log = logOf(api);
    const verdict = judge(chats, log, gateways, SEED);
    const result = { settings: { seed: SEED }, failures, verdict, chats, log, gateways };
    expect(passed(result) ? "" : describeFailure(result)).toBe("");
    expect(killed).toBeGreaterThan(0);
    expect(gateways.counts.kills).toBeGreaterThan(0);
    expect(verdict.replies.get("answer")).toBeGreaterThan(0);
  },
);
