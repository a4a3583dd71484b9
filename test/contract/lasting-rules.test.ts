/** A rule that the real Codex proposes with a command: kept if it is chosen, and what it is good for from then on. */
import { access } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readCodexInquiry } from "../../src/questions/inquiry.js";
import { isAskable } from "../../src/questions/question.js";
import { RealCodex, type CodexUser } from "../support/app-server/real-codex.js";
import { says } from "../support/responses-api.js";

const ASKS = { sandbox: "read-only", approvalPolicy: "on-request", approvalsReviewer: "user" };

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await codex.dispose();
});

/** Chooses the rule wherever one is offered; gives what each request was about. */
function allowsForGood(user: CodexUser): (string | undefined)[] {
  const asked: (string | undefined)[] = [];
  user.client.addRequestHandler(({ method, params }) => {
    const inquiry = readCodexInquiry({ method, params }, { decision: "decline" }, () => undefined);
    const rule = inquiry && isAskable(inquiry) ? inquiry.questions[0]?.forOwners : undefined;
    asked.push(rule?.grants);
    return rule?.result ?? { decision: "decline" };
  });
  return asked;
}

test("is asked about once: from then on what it names runs in every thread, outside of the sandbox", async () => {
  const made = (name: string): string => path.join(codex.workspace, name);
  let command = `touch ${made("first")}`;
  codex.api.script = ({ toolOutputs }) =>
    toolOutputs.length > 0
      ? [says("Tried.")]
      : [{ do: "shell", command, justification: "To publish it" }];
  const user = await codex.start();
  const asked = allowsForGood(user);
  await user.runTurn(await user.startThread(ASKS), "publish");
  expect(asked).toEqual([`commands that begin with touch ${made("first")}`]);
  await access(made("first"));

  await user.client.close();
  const again = await codex.start();
  const askedLater = allowsForGood(again);
  // It begins as the rule does.
  command = `touch ${made("first")} ${made("second")}`;
  await again.runTurn(await again.startThread(ASKS), "publish again");
  await access(made("second"));
  expect(askedLater).toEqual([]);

  command = `touch ${made("third")}`;
  await again.runTurn(await again.startThread(ASKS), "publish something else");
  expect(askedLater).toEqual([`commands that begin with touch ${made("third")}`]);
});
