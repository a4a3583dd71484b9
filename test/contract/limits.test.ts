/** How much of a limit is used up, as the real Codex tells it with a turn. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { limitsIn } from "../../src/app-server/account-facts.js";
import { RealCodex } from "../support/app-server/real-codex.js";

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await codex.dispose();
});

test("what the provider says of a limit is told with the turn", async () => {
  const resetsAt = Math.floor(Date.now() / 1000) + 7200;
  codex.api.headers = {
    "x-codex-primary-used-percent": "82",
    "x-codex-primary-window-minutes": "300",
    "x-codex-primary-reset-at": String(resetsAt),
  };
  const user = await codex.start();
  await user.runTurn(await user.startThread(), "hi");
  const told = await user.heard.waitFor((entry) => (limitsIn(entry)?.size ?? 0) > 0);
  expect(limitsIn(told)?.get("primary")).toEqual({
    usedPercent: 82,
    windowMinutes: 300,
    resetsAt: resetsAt * 1000,
  });
});
