import { afterAll, beforeAll, expect, test } from "vitest";
import { SlackService } from "../support/slack/service.js";
import { channelScenarios } from "./scenarios.js";
import { type ChannelStage, openStage } from "./stage.js";

let stage: ChannelStage;
let service: SlackService;

beforeAll(async () => {
  service = await SlackService.start();
  stage = await openStage({ service, played: () => service });
});

afterAll(async () => {
  await stage?.stop();
});

// OpenClaw's Slack channel fetches files from Slack's own hosts over TLS only, which no stand-in on loopback is.
channelScenarios(() => stage, ["private", "group", "thread"], { filesIn: false });

test("the channel has asked Slack for nothing that its stand-in does not know", () => {
  expect([...service.unknown]).toEqual([]);
});
