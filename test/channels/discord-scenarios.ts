/** What is Discord's own. */
import { describe, expect, test } from "vitest";
import { AGENT_ANSWER } from "../support/chain.js";
import type { DiscordService } from "../support/discord/service.js";
import type { ChannelStage } from "./stage.js";

const A_ROLE = "<@&900000000000000600>";

export function discordScenarios(stage: () => ChannelStage, service: () => DiscordService): void {
  describe("a message in a channel of a server", { concurrent: false, timeout: 300_000 }, () => {
    test.each(["behind a mention of the bot", "that mentions a role"])(
      "%s reaches Codex",
      async (how) => {
        const { chats, mention } = service();
        await stage().haveBound(chats.group);
        const words = stage().here(`a message ${how}`);
        const before = how.includes("role") ? A_ROLE : mention;
        const said = stage().say(chats.group, `${before} ${words}`);
        await stage().replyTo(said, new RegExp(`^Codex heard: [^]*${words}$`));
        expect(stage().requestsWith(words)).toHaveLength(1);
      },
    );
  });

  describe("commands in a thread", { concurrent: false, timeout: 300_000 }, () => {
    test("get through behind a mention; Discord's own does not, and the bind says so", async () => {
      const { chats, mention, seen } = service();
      const { thread } = chats;
      await stage().bind(thread);
      // OpenClaw 2026.9.6 fails on it. Where it does no more, the bind need not speak of it.
      const own = service().slash(thread, "codexchat", "input", "status");
      await stage().replyTo(own, /^Command failed\./);
      const behind = (command: string) => stage().say(thread, `${mention} ${command}`);
      const status = await stage().replyTo(behind("/codexchat status"), /^Codex thread: /);
      const detached = await stage().replyTo(behind("/codexchat detach"), /^This chat is detached/);
      const said = stage().say(thread, "who is there now");
      await stage().replyTo(said, AGENT_ANSWER);

      expect([status.from, detached.from]).toEqual(["bot", "bot"]);
      expect(stage().requestsWith(said.text)).toEqual([]);
      const prompts = seen.entries.filter(
        ({ chat, text }) => chat === thread && text.includes("Plugin bind approval required"),
      );
      expect(prompts.at(-1)?.text).toContain("put a mention of the bot before it");
    });

    test("of Discord's own work elsewhere", async () => {
      const used = service().slash(service().chats.private, "codexchat", "input", "help");
      const help = await stage().replyTo(used, /^Codex in this chat\.[^]*`bind /);
      expect(help.kind).toBe("notice");
    });
  });
}
