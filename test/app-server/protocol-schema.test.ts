/** What the plugin sends and reads, held against the schema that the installed Codex prints of its own protocol. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { propertyNames, spokenTexts } from "../../scripts/spoken-texts.js";
import { METHODS } from "../../src/app-server/methods.js";
import { UNUSED_NOTIFICATIONS } from "../../src/app-server/handshake.js";
import { findCodexBinary } from "../support/codex-home.js";
import { differencesFrom } from "../support/protocol/differences.js";
import { PROTOCOL_IN_USE } from "../support/protocol/in-use.js";
import { ProtocolSchema } from "../support/protocol/schema.js";

const SOURCE = new URL("../../src/", import.meta.url);

let printed: string;

beforeAll(async () => {
  printed = await printSchema();
});

/** As `codex app-server generate-json-schema` prints it. */
async function printSchema(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "codex-schema-"));
  try {
    const args = ["app-server", "generate-json-schema", "--experimental", "--out", folder];
    await promisify(execFile)(await findCodexBinary(), args);
    return await readFile(join(folder, "codex_app_server_protocol.schemas.json"), "utf8");
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The differences after the schema was changed as told, by replacing parts of its text. */
function differencesAfter(...changes: [before: string | RegExp, after: string][]): string[] {
  let text = JSON.stringify(JSON.parse(printed));
  for (const [before, after] of changes) {
    const changed = text.replace(before, after);
    if (changed === text) throw new Error(`not in the schema: ${String(before)}`);
    text = changed;
  }
  return differencesFrom(new ProtocolSchema(JSON.parse(text)), PROTOCOL_IN_USE);
}

test("Codex has all that the plugin uses, and asks nothing that it does not know", () => {
  expect(differencesAfter()).toEqual([]);
});

describe("a Codex that has changed is told apart by name:", () => {
  test.each<{ what: string; change: [string | RegExp, string]; told: string }>([
    {
      what: "a method that is gone",
      change: ['"enum":["turn/steer"]', '"enum":["turn/nudge"]'],
      told: "turn/steer is gone",
    },
    {
      what: "a field that is sent and gone",
      change: [/("TurnStartParams":.*?)"sandboxPolicy":/, '$1"sandboxRules":'],
      told: "turn/start: field sandboxPolicy.type is gone",
    },
    {
      what: "a field that has become required",
      change: [/("TurnInterruptParams":.*?)"required":\["threadId",/, '$1"required":["why",'],
      told: "turn/interrupt: why must be sent now",
    },
    {
      what: "a value that is not taken any more",
      change: ['"enum":["untrusted","on-request","never"]', '"enum":["untrusted","on-request"]'],
      told: "turn/start: approvalPolicy takes no never any more",
    },
    {
      what: "a value that is new",
      change: [/("TurnStatus":\{.*?"enum":\[)/, '$1"paused",'],
      told: "turn/completed: turn.status has a new value paused",
    },
    {
      what: "a field that is read and gone",
      change: [/("TurnStartResponse":.*?)"turn":/, '$1"run":'],
      told: "the answer to turn/start: field turn.id is gone",
    },
    {
      what: "a field of another type",
      change: [
        /("AgentMessageDeltaNotification":.*?"delta":\{[^}]*)"type":"string"/,
        '$1"type":"object"',
      ],
      told: "item/agentMessage/delta: delta is no string any more but object",
    },
    {
      what: "an answer of ours that is not taken any more",
      change: [/("FileChangeApprovalDecision":.*?)"decline"/, '$1"refuse"'],
      told: "our answer to item/fileChange/requestApproval: decision takes no decline any more",
    },
    {
      what: "something new that it asks",
      change: ['"enum":["attestation/generate"]', '"enum":["weather/read"]'],
      told: "weather/read is new: Codex may ask it",
    },
    {
      what: "a notification that is gone",
      change: ['"enum":["thread/tokenUsage/updated"]', '"enum":["thread/usage/updated"]'],
      told: "thread/tokenUsage/updated is gone",
    },
  ])("$what", ({ change, told }) => {
    expect(differencesAfter(change)).toContain(told);
  });
});

describe("the list of what is used", () => {
  test("has every method that the client calls, and no other", () => {
    expect(Object.keys(PROTOCOL_IN_USE.requests).toSorted()).toEqual(
      ["initialize", ...Object.values(METHODS).map(({ name }) => name)].toSorted(),
    );
  });

  test("has every notification and request of Codex's that the source names", async () => {
    const names = (await readdir(SOURCE, { recursive: true })).filter((name) =>
      name.endsWith(".ts"),
    );
    const texts = await Promise.all(
      names.map(async (name) => {
        const source = await readFile(new URL(name, SOURCE), "utf8");
        const spoken = spokenTexts(name, source).map(({ text }) => text);
        return [...spoken, ...propertyNames(name, source)];
      }),
    );
    const schema = new ProtocolSchema(JSON.parse(printed));
    const methods = new Set([
      ...schema.methods("ServerNotification").keys(),
      ...schema.methods("ServerRequest").keys(),
    ]);
    // A word of many meanings; the notification of this name is not read.
    methods.delete("warning");
    const named = new Set(texts.flat().filter((text) => methods.has(text)));
    const used = [
      ...Object.keys(PROTOCOL_IN_USE.notifications),
      ...Object.keys(PROTOCOL_IN_USE.asked),
    ];
    const unread = new Set(UNUSED_NOTIFICATIONS);
    expect([...named].filter((name) => !unread.has(name) && !used.includes(name))).toEqual([]);
    const goneIn = (name: string): boolean =>
      PROTOCOL_IN_USE.asked[name]?.mayBeGone === true && !methods.has(name);
    // Answered with an error by whoever has no handler for them, and named nowhere.
    expect(used.filter((name) => !named.has(name) && !goneIn(name))).toEqual([
      "account/chatgptAuthTokens/refresh",
      "attestation/generate",
    ]);
  });
});
