/** What outlives the gateway, and the plugin's own update: on all channels of a gateway at once, since both take their time. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { AGENT_ANSWER } from "../support/chain.js";
import type { ChannelMessage } from "../support/channel-service.js";
import { wordsOf } from "../support/person-words.js";
import type { ChannelStage, OpenStages } from "./stage.js";

/** The plugin answers until OpenClaw has let go of the binding, then OpenClaw's own agent does. */
const NOT_CODEX = new RegExp(`^(This chat was detached from Codex|${AGENT_ANSWER})`);

/** The chat that stays bound, and the one that is detached. */
type Chats = { stage: ChannelStage; kept: string; left: string };

export function lastingScenarios(
  opened: () => OpenStages,
  chatsOf: (stage: ChannelStage) => Omit<Chats, "stage">,
): void {
  const everywhere = async (act: (chats: Chats) => Promise<void>): Promise<void> => {
    await Promise.all(opened().stages.map((stage) => act({ stage, ...chatsOf(stage) })));
  };

  test("a restart keeps a bound chat bound and a detached one detached", async () => {
    await everywhere(async ({ stage, kept, left }) => {
      await stage.haveBound(kept);
      await stage.talk(kept, stage.here("before the restart"));
      await stage.haveBound(left);
      await stage.detach(left);
    });
    const asking = new Map<ChannelStage, { question: ChannelMessage; file: string }>();
    await everywhere(async ({ stage, kept }) => {
      const words = stage.here("leave a mark over time");
      const file = stage.askForMark(words);
      asking.set(stage, { question: await stage.replyTo(stage.say(kept, words), /^❓/), file });
    });
    await opened().restart();
    await everywhere(async ({ stage, kept, left }) => {
      await stage.command(kept, "status", /^Codex thread: /);
      const asked = asking.get(stage);
      if (!asked) throw new Error("nothing was asked");
      // The plugin says so, or the channel itself, which has forgotten its buttons.
      const late = await stage.decide(asked.question, "Allow once");
      await stage.replyTo(late, /no longer open|expired/);
      await expect(readFile(asked.file, "utf8")).rejects.toThrow("ENOENT");
      const [before, after] = [stage.here("before the restart"), stage.here("after the restart")];
      const talked = await stage.talk(kept, after);
      const [request] = stage.requestsWith(after);
      const history = request?.history.map(wordsOf);
      expect(history).toEqual(expect.arrayContaining([before, after]));
      expect(talked.from).toBe("bot");
      const said = stage.say(left, stage.here("is Codex there"));
      await stage.replyTo(said, NOT_CODEX);
      await stage.command(left, "status", /not bound/i);
      expect(stage.requestsWith(said.text)).toEqual([]);
    });
  });

  test("an update of the plugin while the gateway runs leaves a bound chat whole", async () => {
    const { gateway, tarball } = opened().chain;
    // With the plugin OpenClaw starts its channels anew; each service keeps for them what is said meanwhile.
    await gateway.install(tarball);
    await everywhere(async ({ stage, kept }) => {
      await stage.command(kept, "status", /^Codex thread: /);
      await stage.talk(kept, stage.here("after the update"));
      await stage.command(kept, "bind", /^This chat is bound to a new Codex thread/);
      await stage.talk(kept, stage.here("on a new thread"));
      await stage.detach(kept);
      const said = stage.say(kept, stage.here("who is there"));
      await stage.replyTo(said, AGENT_ANSWER);
      expect(stage.requestsWith(said.text)).toEqual([]);
      await stage.bind(kept);
      await stage.talk(kept, stage.here("bound again"));
    });
  });
}
