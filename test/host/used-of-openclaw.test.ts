/** What docs/security.md says that the plugin uses of OpenClaw is all of it, as the source stands. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../src/", import.meta.url));
const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".ts"));
const texts = await Promise.all(names.map((name) => readFile(path.join(root, name), "utf8")));
const source = texts.join("\n");

/** What the first group of a pattern finds in the source, each once, in order. */
function found(pattern: RegExp, text = source): string[] {
  const all = Array.from(text.matchAll(pattern), ([, first = ""]) => first);
  return [...new Set(all)].toSorted((one, other) => one.localeCompare(other));
}

test("of the gateway's methods it calls those that ask an owner, wait for the answer and act on a message", () => {
  expect(source.match(/\bcallGatewayTool\(/g)).toHaveLength(3);
  expect(found(/\bcallGatewayTool\(\s*"([^"]+)"/g)).toEqual([
    "message.action",
    "plugin.approval.request",
    "plugin.approval.waitDecision",
  ]);
});

test("a terminal and a page in the browser ask the gateway for this plugin's own methods only", () => {
  expect(source.match(/\bcallGatewayFromCli\(/g)).toEqual(["callGatewayFromCli("]);
  expect(found(/"(codexchat\.\w+)"/g)).toEqual([
    "codexchat.act",
    "codexchat.audit",
    "codexchat.detach",
    "codexchat.doctor",
    "codexchat.list",
    "codexchat.say",
    "codexchat.show",
    "codexchat.thread",
  ]);
});

test("what it edits or deletes it names by the id of its own sending; to others it only reacts", () => {
  expect(found(/\bawait act\(\s*place,\s*"([^"]+)"/g)).toEqual(["delete", "edit", "react"]);
  expect(source.match(/\bact\((?!place)/g)).toEqual(["act("]);
  expect(source).toContain("const messageId = asString(sent.messageId);");
});

test("of the host's runtime it takes channels, the configuration to read, and where the state lies", () => {
  expect(found(/\b(?:host|api)\.runtime\.([\w.]+)/g)).toEqual([
    "channel",
    "channel.outbound.loadAdapter",
    "config.current",
    "state.resolveStateDir",
  ]);
  expect(found(/\{ (\w+) \} = host\.runtime\.channel;/g)).toEqual(["threadBindings"]);
});

test("the functions that it imports send, split, fetch and hide texts, and know bound chats and approvals", () => {
  // Types are no use of anything.
  expect(found(/^import \{([^}]+)\} from "openclaw/gm)).toEqual([" definePluginEntry "]);
  const loaded = found(/(\bimport\("openclaw\/plugin-sdk\/[\w-]+"\))/g);
  expect(loaded).toEqual(
    [
      "agent-harness-runtime",
      "approval-gateway-runtime",
      "command-primitives-runtime",
      "conversation-runtime",
      "gateway-runtime",
      "logging-core",
      "reply-chunking",
      "ssrf-runtime",
    ].map((name) => `import("openclaw/plugin-sdk/${name}")`),
  );
  const taken = found(/const \{([^}=]+)\}(?::[^=]+)? =\s*await import\("openclaw/g)
    .flatMap((list) => list.split(","))
    .map((name) => name.trim());
  expect(found(/: \{ (\w+)\?: [^\n]+\} =\s*await import\("openclaw/g)).toEqual([
    "isAbortRequestText",
  ]);
  expect(new Set(taken)).toEqual(
    new Set([
      "callGatewayFromCli",
      "callGatewayTool",
      "chunkMarkdownTextWithMode",
      "fetchWithSsrFGuard",
      "getSessionBindingService",
      "redactSensitiveText",
      "resolveApprovalOverGateway",
      "resolvePluginConversationBindingApproval",
      "SsrFBlockedError",
    ]),
  );
});
