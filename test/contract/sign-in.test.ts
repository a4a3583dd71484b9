/** A sign-in that fails at the real Codex, and is mended by somebody on its machine while the gateway runs on. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { disposeCodexAppServerClients } from "../../src/app-server/client-pool.js";
import { resolveCodexAppServerRuntimeOptions } from "../../src/app-server/config.js";
import { clientOfSession, requireBinding } from "../../src/thread/bound-codex.js";
import { realChat } from "../support/app-server/real-chat.js";
import { RealCodex } from "../support/app-server/real-codex.js";
import { findCodexBinary, writeCodexHome } from "../support/codex-home.js";
import { type LoopbackServer, readBody, serveOnLoopback } from "../support/loopback-server.js";

const NOT_ANY_MORE = /^Codex app-server turn failed: Codex is not signed in any more\. /;
const NOT_AT_ALL =
  /^Codex app-server turn failed: Codex is not signed in on the gateway's machine\. /;

let codex: RealCodex;
/** The model's provider, which takes one key. */
let provider: LoopbackServer;
let goodKey: string;

beforeEach(async () => {
  for (const name of ["CODEX_API_KEY", "OPENAI_API_KEY"]) delete process.env[name];
  codex = await RealCodex.prepare();
  goodKey = "sk-first";
  provider = await serveOnLoopback(async (request, response) => {
    if (request.headers.authorization !== `Bearer ${goodKey}`) {
      response.writeHead(401, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { code: "invalid_api_key", message: "bad key" } }));
      return;
    }
    const { method = "", url = "" } = request;
    const sent = await fetch(`${new URL(codex.api.baseUrl).origin}${url}`, {
      method,
      ...(method === "POST" ? { body: new Uint8Array(await readBody(request)) } : {}),
      headers: { "content-encoding": request.headers["content-encoding"] ?? "identity" },
    });
    response.writeHead(sent.status, { "content-type": sent.headers.get("content-type") ?? "" });
    response.end(Buffer.from(await sent.arrayBuffer()));
  });
  await writeCodexHome(home(), `${provider.url}/v1`, ["requires_openai_auth = true"]);
  codex.api.script = () => [{ do: "say", text: "Hello.", phase: "final_answer" }];
});

afterEach(async () => {
  await disposeCodexAppServerClients();
  await codex.dispose();
  await provider.stop();
});

const home = (): string => process.env["CODEX_HOME"] ?? "";

/** What `codex login` leaves. */
async function signIn(key: string): Promise<void> {
  await writeFile(
    join(home(), "auth.json"),
    JSON.stringify({ auth_mode: "apikey", OPENAI_API_KEY: key }),
    { mode: 0o600 },
  );
}

async function boundChat(): Promise<() => Promise<string | undefined>> {
  const { say } = await realChat(codex);
  return () => say("go");
}

test("a chat whose key was revoked answers again after the next codex login, without a restart of the gateway", async () => {
  await signIn("sk-first");
  const say = await boundChat();
  expect(await say()).toBe("Hello.");
  goodKey = "sk-second";
  expect(await say()).toMatch(NOT_ANY_MORE);
  expect(await say()).toMatch(NOT_ANY_MORE);
  await signIn("sk-second");
  expect(await say()).toBe("Hello.");
});

test("a chat whose Codex was signed out altogether answers again after codex login", async () => {
  await signIn("sk-first");
  const say = await boundChat();
  expect(await say()).toBe("Hello.");
  await disposeCodexAppServerClients();
  await rm(join(home(), "auth.json"));
  expect(await say()).toMatch(NOT_AT_ALL);
  await signIn("sk-first");
  expect(await say()).toBe("Hello.");
});

test("a chat whose Codex cannot read its configuration hears where that is wrong, and answers once it is right", async () => {
  await writeCodexHome(home(), codex.api.baseUrl);
  const say = await boundChat();
  expect(await say()).toBe("Hello.");
  await disposeCodexAppServerClients();
  await writeCodexHome(home(), codex.api.baseUrl, ["x = = y"]);
  expect((await say())?.replaceAll("\u2060", "")).toMatch(
    /^Codex app-server turn failed: Codex cannot read its configuration and works without it: .*config\.toml.*\b9\b.* Correct it on the gateway's machine, then send the message again\.$/,
  );
  await writeCodexHome(home(), codex.api.baseUrl);
  expect(await say()).toBe("Hello.");
});

test("a chat answers once the configuration is right, though somebody has asked a Codex for its status before that", async () => {
  await writeCodexHome(home(), codex.api.baseUrl);
  const { sessionFile, say } = await realChat(codex);
  expect(await say("go")).toBe("Hello.");
  await disposeCodexAppServerClients();
  await writeCodexHome(home(), codex.api.baseUrl, ["x = = y"]);
  const runtime = resolveCodexAppServerRuntimeOptions({
    pluginConfig: { appServer: { command: await findCodexBinary() } },
  });
  await clientOfSession(runtime, await requireBinding(sessionFile));
  await writeCodexHome(home(), codex.api.baseUrl);
  expect(await say("go")).toBe("Hello.");
});
