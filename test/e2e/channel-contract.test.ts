/** The contract of channels on Telegram; on the others: `npm run test:channels`. */
import { afterAll, beforeAll } from "vitest";
import { channelScenarios } from "../channels/scenarios.js";
import { type ChannelStage, openStage } from "../channels/stage.js";
import { PlayedTelegram } from "../support/played-telegram.js";

/** A gateway starts. */
const START_TIMEOUT_MS = 150_000;

let stage: ChannelStage;

beforeAll(async () => {
  stage = await openStage({
    played: ({ telegram }) => new PlayedTelegram(telegram),
    telegram: PlayedTelegram.settings,
  });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.stop();
}, START_TIMEOUT_MS);

channelScenarios(() => stage, ["private", "group"]);
