/** A change of the start options while a turn keeps the old process, which alone can load its threads. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { codexClientPool, disposeCodexAppServerClients } from "../../src/app-server/client-pool.js";
import { steerCodexConversationTurn } from "../../src/messages/control.js";
import { realChat } from "../support/app-server/real-chat.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { findCodexBinary } from "../support/codex-home.js";
import { codexTraits } from "../support/codex-traits.js";
import { Gate } from "../support/responses-api.js";

let codex: RealCodex;

beforeEach(async () => {
  codex = await RealCodex.prepare();
});

afterEach(async () => {
  await disposeCodexAppServerClients();
  await codex.dispose();
});

test("the other chats of the old process continue at once, a steer reaches its turn, and it ends after that", async () => {
  const command = await findCodexBinary();
  const usual = { mode: "yolo", command, args: ["app-server"], requestTimeoutMs: 60_000 };
  const args = [...usual.args, "-c", "hide_agent_reasoning=true"];
  const after = { appServer: { ...usual, args } };
  const a = await realChat(codex, usual, "a");
  const b = await realChat(codex, usual, "b");
  await a.say("hello");
  await b.say("hello");
  const [old] = codexClientPool().clients();

  const gate = new Gate();
  codex.api.script = ({ said }) =>
    said === "work"
      ? [
          { do: "say", text: "Working.", phase: "commentary" },
          { do: "hold", gate },
        ]
      : [{ do: "say", text: `Heard ${said}.`, phase: "final_answer" }];
  const working = a.say("work");
  await codex.api.waitForRequest(/^work$/);
  expect(await b.say("a word", after)).toBe("Heard a word.");
  expect(codexClientPool().clients()).toEqual([old]);

  const steer = { sessionFile: a.sessionFile, pluginConfig: after, message: "go left" };
  expect(await steerCodexConversationTurn(steer)).toMatchObject({ steered: true });
  if (!codexTraits.cutsSpeechForInput) gate.open();
  expect(await working).toBe("Heard go left.");
  expect(await a.say("the last word", after)).toBe("Heard the last word.");
  expect(codexClientPool().clients()).not.toContain(old);
});
