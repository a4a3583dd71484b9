import { afterAll, beforeAll, expect, test } from "vitest";
import { DiscordService } from "../support/discord/service.js";
import { channelScenarios } from "./scenarios.js";
import { type ChannelStage, openStage } from "./stage.js";

let stage: ChannelStage;
let service: DiscordService;

beforeAll(async () => {
  service = await DiscordService.start();
  stage = await openStage({ service, played: () => service });
});

afterAll(async () => {
  await stage?.stop();
});

channelScenarios(() => stage, ["private", "group", "thread"]);

test("the channel has asked Discord for nothing that its stand-in does not know", () => {
  expect([...service.unknown]).toEqual([]);
});
