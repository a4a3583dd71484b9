import { expect, test } from "vitest";
import { agentsAtWork } from "../../src/messages/answer-outcome.js";
import { Family } from "../../src/thread/family.js";

test("the line about sub-agents at work waits for the names that Codex is being asked for", async () => {
  const family = new Family();
  const agent = family.add("child");
  agent.starting = true;
  const told = Promise.withResolvers<string>();
  agent.naming = told.promise.then((name) => void (agent.name = name));
  const line = agentsAtWork({ family });
  told.resolve("Ada");
  expect(await line).toEqual(["1 sub-agent is still working: Ada. `/codexchat stop` stops it."]);
});
