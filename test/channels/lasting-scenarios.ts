/** What outlives the gateway, and the plugin's own update. */
import { expect, test } from "vitest";
import { AGENT_ANSWER } from "../support/chain.js";
import { wordsOf } from "../support/person-words.js";
import { type ChannelStage } from "./stage.js";

/** The plugin answers until OpenClaw has let go of the binding, then OpenClaw's own agent does. */
const NOT_CODEX = new RegExp(`^(This chat was detached from Codex|${AGENT_ANSWER})`);

/** `kept` stays bound, `left` is bound already and detached first. */
export function lastingScenarios(
  stage: () => ChannelStage,
  kept: () => string,
  left: () => string,
): void {
  test("a restart keeps a bound chat bound and a detached one detached", async () => {
    await stage().bind(kept());
    await stage().talk(kept(), "before the restart");
    await stage().detach(left());
    await stage().restart();
    await stage().command(kept(), "status", /^Codex thread: /);

    const talked = await stage().talk(kept(), "after the restart");
    const [request] = stage().requestsWith("after the restart");
    expect(request?.history.map(wordsOf)).toEqual(["before the restart", "after the restart"]);
    const said = stage().say(left(), "is Codex there");
    await stage().replyTo(said, NOT_CODEX);
    await stage().command(left(), "status", /not bound/i);
    expect(stage().requestsWith("is Codex there")).toEqual([]);
    expect(talked.from).toBe("bot");
  });

  test("an update of the plugin while the gateway runs leaves a bound chat whole", async () => {
    const { gateway, tarball } = stage().chain;
    await gateway.install(tarball);
    await stage().command(kept(), "status", /^Codex thread: /);
    await stage().talk(kept(), "after the update");
    await stage().command(kept(), "bind", /^This chat is bound to a new Codex thread/);
    await stage().talk(kept(), "on a new thread");
    await stage().detach(kept());
    const said = stage().say(kept(), "who is there");
    await stage().replyTo(said, AGENT_ANSWER);
    expect(stage().requestsWith("who is there")).toEqual([]);
    await stage().bind(kept());
    await stage().talk(kept(), "bound again");
  });
}
