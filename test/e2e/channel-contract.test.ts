/** The contract of channels on Telegram; on the others: `npm run test:channels`. */
import { afterAll, beforeAll } from "vitest";
import { channelScenarios, overTime } from "../channels/scenarios.js";
import { type ChannelStage, type OpenStages, openStages } from "../channels/stage.js";

/** A gateway starts. */
const START_TIMEOUT_MS = 300_000;

let opened: OpenStages;

beforeAll(async () => {
  opened = await openStages();
}, START_TIMEOUT_MS);

afterAll(async () => {
  await opened?.stop();
}, START_TIMEOUT_MS);

function stage(): ChannelStage {
  const [only] = opened.stages;
  if (!only) throw new Error("there is no stage");
  return only;
}

channelScenarios("telegram", stage, ["private", "group"]);
overTime(() => opened);
