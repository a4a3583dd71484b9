/** What is Slack's own. */
import { describe, expect, test } from "vitest";
import type { SlackService } from "../support/slack/service.js";
import type { ChannelStage } from "./stage.js";

export function slackScenarios(stage: () => ChannelStage, service: () => SlackService): void {
  describe("Slack's own slash command", { concurrent: false, timeout: 300_000 }, () => {
    test.each(["private", "group"] as const)(
      "is for the %s chat that it is used in",
      async (kind) => {
        const chat = service().chats[kind];
        await stage().haveBound(chat);
        const used = service().slash(chat, "/codexchat", "status");
        const status = await stage().replyTo(used, /^Codex thread: /);
        const typed = await stage().command(chat, "status", /^Codex thread: /);
        expect(status.text.split("\n")[0]).toBe(typed.text.split("\n")[0]);
      },
    );
  });
}
