/** The real Codex and the gateway, killed at moments that a seed draws, while turns run. */
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { drawPlan, type Act } from "../simulation/plan.js";
import { World } from "../simulation/world.js";
import { findCodexBinary, writeCodexHome } from "../support/codex-home.js";
import { temporaryFolder } from "../support/conversation/temporary-folder.js";
import { ScriptedResponsesApi } from "../support/responses-api.js";
import { bundleInto } from "./bundle.js";
import { CodexBinary } from "./codex-binary.js";
import { placesIn, RealComputer } from "./real-computer.js";
import type { RealGateway } from "./real-gateway.js";
import { RealTime } from "./real-time.js";
import { lifeOf, NOTED_WITHIN_MS } from "./run.js";

const SEED = 7;
const CHATS = 4;
const MESSAGES = 32;
const CALM = { forMs: 60_000, lookAfterMs: 2000 };
const DOINGS: readonly Act["do"][] = [
  "say",
  "say again",
  "stop",
  "steer next",
  "drop",
  "bind",
  "detach",
];
const ACCIDENTS: readonly Act[] = [
  { at: 4000, do: "kill Codex" },
  { at: 8000, do: "kill" },
  { at: 13_000, do: "kill Codex" },
  { at: 17_000, do: "reload" },
  { at: 21_000, do: "lose power" },
];

/** What comes with messages are no pictures that the real Codex takes. */
function canBeDone(act: Act): boolean {
  return DOINGS.includes(act.do) && !(act.do === "say" && act.number % 9 === 4);
}

test.runIf(process.platform === "linux")(
  "the real Codex under kills: each message is answered once, in order, with its own",
  { timeout: 180_000 },
  async () => {
    const folder = await temporaryFolder();
    const api = await ScriptedResponsesApi.start();
    onTestFinished(() => api.stop());
    const home = path.join(folder, "codex");
    await writeCodexHome(home, api.baseUrl);
    const bundles = await bundleInto(folder);
    const command = await findCodexBinary();
    const time = new RealTime(SEED);
    const people = drawPlan(SEED, { messages: MESSAGES, chats: CHATS }).filter(canBeDone);
    let codex: CodexBinary | undefined;
    const world = new World<RealGateway>({
      seed: SEED,
      chats: CHATS,
      plan: [...people, ...ACCIDENTS].toSorted((one, other) => one.at - other.at),
      time,
      inbound: placesIn(folder).inbound,
      calm: CALM,
      notedWithinMs: NOTED_WITHIN_MS,
      computer: (parts) => {
        codex = new CodexBinary(parts, { command, home });
        api.script = codex.script;
        return new RealComputer(parts, { folder, bundles, time, codex });
      },
    });
    const violations = await lifeOf(world);
    if (violations.length > 0) console.error(time.transcript.join("\n"));
    expect(violations).toEqual([]);
    expect(codex?.kills).toBeGreaterThan(0);
    expect(world.ends.filter(({ how }) => how !== "stop").length).toBeGreaterThan(0);
    expect(world.ledger.finals.size).toBeGreaterThan(CHATS);
  },
);
