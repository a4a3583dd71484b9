/** The contract of channels on all that can be played, at the same time on one gateway. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DiscordService } from "../support/discord/service.js";
import { IMessageService } from "../support/imessage/service.js";
import { LineService } from "../support/line/service.js";
import { SlackService } from "../support/slack/service.js";
import { TelegramBotApi } from "../support/telegram-bot-api.js";
import { accountScenarios } from "./account-scenarios.js";
import { discordScenarios } from "./discord-scenarios.js";
import { channelScenarios, overTime } from "./scenarios.js";
import { slackScenarios } from "./slack-scenarios.js";
import { type ChannelStage, type OpenStages, openStages } from "./stage.js";

let opened: OpenStages;
let discord: DiscordService;
let slack: SlackService;
let imessage: IMessageService;
let line: LineService;
let secondAccount: TelegramBotApi;

beforeAll(async () => {
  discord = await DiscordService.start();
  slack = await SlackService.start();
  imessage = await IMessageService.start();
  line = await LineService.start();
  secondAccount = await TelegramBotApi.start();
  opened = await openStages([discord, slack, imessage, line], secondAccount);
});

afterAll(async () => {
  await opened?.stop();
  await secondAccount?.stop();
});

function stageOf(name: string): ChannelStage {
  const stage = opened.stages.find(({ channel }) => channel.channel === name);
  if (!stage) throw new Error(`there is no stage of ${name}`);
  return stage;
}

describe("Telegram", { concurrent: true }, () => {
  channelScenarios("telegram", () => stageOf("telegram"), ["private", "group"]);
});

describe("Discord", { concurrent: true }, () => {
  channelScenarios("discord", () => stageOf("discord"), ["private", "group", "thread"]);
  discordScenarios(
    () => stageOf("discord"),
    () => discord,
  );
});

describe("Slack", { concurrent: true }, () => {
  channelScenarios("slack", () => stageOf("slack"), ["private", "group", "thread"]);
  slackScenarios(
    () => stageOf("slack"),
    () => slack,
  );
});

describe("iMessage", { concurrent: true }, () => {
  // Messages takes all that its own user writes.
  const options = { isLimited: false };
  channelScenarios("imessage", () => stageOf("imessage"), ["private", "group"], options);
});

describe("LINE", { concurrent: true }, () => {
  channelScenarios("line", () => stageOf("line"), ["private", "group"]);
});

describe("two accounts of Telegram", { concurrent: false, timeout: 300_000 }, () => {
  accountScenarios(
    () => stageOf("telegram"),
    () => {
      if (!opened.secondAccount) throw new Error("there is no second account");
      return opened.secondAccount;
    },
  );
});

overTime(() => opened);

test("the channels have asked their services for nothing that the stand-ins do not know", () => {
  const unknown = [discord, slack, imessage, line].flatMap((service) => [...service.unknown]);
  expect(unknown).toEqual([]);
});
