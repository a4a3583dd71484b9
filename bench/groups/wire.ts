/** Bytes that Codex sends for a turn, with what nobody uses switched off at the source and without. */
import { INITIALIZE_PARAMS } from "../../src/app-server/handshake.js";
import type { Bench } from "../bench.js";
import { rowOf } from "../row.js";
import { samplePairs } from "../sampling.js";
import type { BareCodex } from "../support/bare-codex.js";
import { USE_SHELL } from "../support/model.js";
import { RealCodex } from "../support/real-codex.js";

const EVERYTHING = {
  ...INITIALIZE_PARAMS,
  capabilities: { ...INITIALIZE_PARAMS.capabilities, optOutNotificationMethods: [] },
};

export async function wireGroup(bench: Bench): Promise<void> {
  const codex = await RealCodex.prepare(bench);
  const [opted, full] = [codex.bare(), codex.bare()];
  try {
    await opted.initialize();
    await full.initialize(EVERYTHING);
    for (const [name, text] of [
      ["bytes of a turn with words only", "hello"],
      ["bytes of a turn with a shell call", USE_SHELL],
    ] as const) {
      bench.progress(name);
      const ours = await bytesOfTurns(opted, text);
      const all = await bytesOfTurns(full, text);
      const taken = await samplePairs({ count: bench.smoke ? 1 : 10, warmUp: 1 }, ours, all);
      const facts = { name, unit: "bytes", limitName: "nothing opted out of" };
      bench.row(rowOf(facts, taken.plugin, taken.limit));
    }
  } finally {
    await Promise.all([opted.stop(), full.stop()]);
    await codex.dispose();
  }
}

async function bytesOfTurns(codex: BareCodex, text: string): Promise<() => Promise<number>> {
  const threadId = await codex.startThread();
  return async () => {
    const before = codex.received;
    await codex.turn(threadId, text);
    return codex.received - before;
  };
}
