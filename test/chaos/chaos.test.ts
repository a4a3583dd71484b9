/** A short run of the chaos suite, the same each time; `npm run test:chaos` runs it for long, and by any seed. */
import { expect, test } from "vitest";
import { describeFailure, passed } from "./report.js";
import { runChaos } from "./run.js";

test(
  "500 turns under faults: each message is answered once, in order, with its own, and nothing is left",
  { timeout: 150_000 },
  async () => {
    const result = await runChaos({ seed: 20_261_122, turns: 500, conversations: 60 });
    expect(passed(result) ? "" : describeFailure(result)).toBe("");
    expect(result.chats.flatMap(({ sent }) => sent).length).toBeGreaterThanOrEqual(500);
    expect(result.gateways.counts.kills).toBeGreaterThan(0);
  },
);
