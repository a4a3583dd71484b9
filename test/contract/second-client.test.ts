/** Two clients of one real app-server, as a terminal and a chat are: whose question it is decides who answers. */
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { disposeCodexAppServerClients } from "../../src/app-server/client-pool.js";
import {
  LEFT_TO_OTHERS,
  type CodexServerRequest,
  type JsonValue,
} from "../../src/app-server/protocol.js";
import { startCodexConversationThread } from "../../src/conversation-binding.js";
import { RealCodex, type CodexUser } from "../support/app-server/real-codex.js";
import { Journal } from "../support/journal.js";
import { asObject } from "../support/wire-guards.js";

const TOKEN = "a-token-of-this-test";
const APPROVAL = "item/commandExecution/requestApproval";

/** Not one that 0.125 takes for harmless, and does not ask about. */
const COMMAND = "touch asked; echo from the shell";

let codex: RealCodex;
let url: string;
let terminal: CodexUser;
let threadId: string;

beforeEach(async () => {
  codex = await RealCodex.prepare();
  codex.api.script = () => [
    { do: "shell", command: COMMAND, justification: "to see" },
    { do: "say", text: "Done.", phase: "final_answer" },
  ];
  url = await codex.listen(TOKEN);
  terminal = await codex.dial(url, TOKEN);
  threadId = await terminal.startThread({ sandbox: "read-only", approvalPolicy: "on-request" });
});

afterEach(async () => {
  await disposeCodexAppServerClients();
  await codex.dispose();
});

/** What Codex asks this client from now on; each gets the answer, when that comes. */
function asks(
  { client }: CodexUser,
  answer: () => JsonValue | typeof LEFT_TO_OTHERS | Promise<JsonValue>,
) {
  const requests = new Journal<CodexServerRequest>("what Codex asks", ({ method }) => method);
  client.addRequestHandler((request) => {
    requests.append(request);
    return answer();
  });
  return { comes: () => requests.waitFor(({ method }) => method === APPROVAL) };
}

/** The terminal's turn waits for its person, who says yes when told to. */
async function openQuestion() {
  const yes = Promise.withResolvers<JsonValue>();
  const question = asks(terminal, () => yes.promise);
  const turnId = await terminal.startTurn(threadId, "a word");
  await question.comes();
  return { turnId, sayYes: () => yes.resolve({ decision: "accept" }) };
}

/** What the command brought to the model in that turn. */
async function outcome(turnId: string): Promise<string> {
  await terminal.hears("turn/completed", turnId);
  return codex.api.requests.entries.at(-1)?.toolOutputs.join() ?? "";
}

test("a question of a terminal's turn waits for the terminal, though a chat on the thread was asked too", async () => {
  const chat = await codex.dial(url, TOKEN);
  codex.api.script = ({ said }) =>
    said === "hello"
      ? [{ do: "say", text: "Hello." }]
      : [
          { do: "shell", command: COMMAND, justification: "to see" },
          { do: "say", text: "Done.", phase: "final_answer" },
        ];
  await terminal.runTurn(threadId, "hello");
  await chat.request("thread/resume", { threadId, excludeTurns: true });
  const chats = asks(chat, () => LEFT_TO_OTHERS);
  const { turnId, sayYes } = await openQuestion();
  await chats.comes();
  await chat.request("thread/loaded/list", {});
  sayYes();
  expect(await outcome(turnId)).toContain("from the shell");
  await chat.hears("serverRequest/resolved");
  await chat.hears("turn/completed", turnId);
});

test("a bind to a thread on which a terminal has an open question leaves that alone", async () => {
  const { turnId, sayYes } = await openQuestion();
  await startCodexConversationThread({
    pluginConfig: {
      appServer: { transport: "websocket", url, authToken: TOKEN, mode: "guardian" },
    },
    sessionFile: join(codex.workspace, "session"),
    workspaceDir: codex.workspace,
    threadId,
  });
  // Codex asks in the order of the resumes: when this one is asked the bound chat was.
  const later = await codex.dial(url, TOKEN);
  const laters = asks(later, () => LEFT_TO_OTHERS);
  await later.request("thread/resume", { threadId, excludeTurns: true });
  await laters.comes();
  const { thread } = await terminal.request("thread/read", { threadId });
  expect(asObject(asObject(thread)["status"])["activeFlags"]).toEqual(["waitingOnApproval"]);
  sayYes();
  expect(await outcome(turnId)).toContain("from the shell");
});
