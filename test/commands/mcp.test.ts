import { describe, expect, test, vi } from "vitest";
import { boundCommands } from "../support/conversation/commands.js";
import { messagesOn } from "../support/conversation/messages.js";
import { refuse } from "../support/conversation/scripted-codex.js";

vi.mock(
  "../../src/app-server/shared-client.js",
  () => import("../support/conversation/shared-client.js"),
);

const REMOTE = {
  name: "remote",
  runtimeStatus: "authenticationRequired",
  tools: {},
  toolsError: "MCP startup failed: Auth required",
  authStatus: "notLoggedIn",
};
const SERVERS = [
  {
    name: "broken",
    runtimeStatus: "failed",
    tools: {},
    toolsError: "MCP startup failed: No such file or directory (os error 2)",
    authStatus: "unsupported",
  },
  {
    name: "calendar",
    runtimeStatus: "connected",
    tools: {
      add_event: { name: "add_event", description: "Adds an event. @everyone" },
      bare: { name: "bare" },
    },
    toolsError: null,
    authStatus: "unsupported",
  },
  REMOTE,
];

const LINK =
  "https://login.example.com/authorize?client_id=a&state=s&redirect_uri=http%3A%2F%2F127.0.0.1%3A4000%2Fcallback";

/** A chat whose Codex has these tool servers. */
async function withServers(servers: readonly unknown[] = SERVERS) {
  const all = await boundCommands();
  messagesOn(all.host);
  all.codex.answer("mcpServerStatus/list", () => ({ data: servers, nextCursor: null }));
  all.codex.answer("mcpServer/oauth/login", () => ({ authorizationUrl: LINK, loginId: "l1" }));
  all.codex.answer("config/mcpServer/reload", () => ({}));
  const ended = (params: object): void =>
    all.codex.notify({ method: "mcpServer/oauthLogin/completed", params });
  return { ...all, ended, sent: (): string[] => all.host.sent.map(({ text }) => text) };
}

describe("mcp", () => {
  test("tells each server's state, how many tools it has, and why it has none", async () => {
    const { say, codex } = await withServers();
    expect(await say("mcp")).toBe(
      [
        "Tool servers:",
        "• broken: failed. No such file or directory (os error 2)",
        "• calendar: connected, 2 tools",
        "• remote: needs you to sign in: `/codexchat mcp login remote` in a private chat",
        "`/codexchat mcp NAME` lists the tools of one, `/codexchat mcp reload` has Codex read its settings again.",
      ].join("\n"),
    );
    expect(codex.only("mcpServerStatus/list").params).toEqual({
      detail: "toolsAndAuthOnly",
      limit: 100,
    });
  });

  test("asks about the chat's own thread once that is loaded", async () => {
    const { say, chat, codex } = await withServers();
    const answer = chat.say("hi");
    (await codex.turn()).reply("Hello.");
    await answer;
    await say("mcp");
    expect(codex.only("mcpServerStatus/list").params["threadId"]).toBe("thread-1");
  });

  test("of a Codex that tells no states names the tools and the sign-in", async () => {
    const { say } = await withServers([
      { name: "calendar", tools: { add_event: {} }, authStatus: "unsupported" },
      { name: "remote", tools: {}, authStatus: "notLoggedIn" },
    ]);
    expect(await say("mcp")).toMatch(/• calendar: 1 tool\n• remote: needs you to sign in/);
  });

  test("lists the tools of one server, whose words mention nobody", async () => {
    const { say } = await withServers();
    const text = await say("mcp Calendar");
    expect(text).toMatch(/^calendar: connected, 2 tools\n• add_event: Adds an event\. /);
    expect(text).toMatch(/\n• bare$/);
    expect(text).not.toContain("@everyone");
    expect(await say("mcp nothing")).toMatch(/^Codex has no tool server named nothing\./);
  });

  test("says where tool servers are set up if there are none", async () => {
    const { say } = await withServers([]);
    expect(await say("mcp")).toMatch(/^Codex has no tool servers\./);
  });

  test("has Codex read its settings again", async () => {
    const { say, codex } = await withServers();
    expect(await say("mcp reload")).toMatch(/^Codex has read the settings of its tool servers/);
    expect(codex.of("config/mcpServer/reload")).toHaveLength(1);
  });

  test.each(["mcp login", "mcp calendar more", "mcp reload now"])(
    "%s shows the usage",
    async (typed) => {
      const { say } = await withServers();
      expect(await say(typed)).toContain("/codexchat mcp [NAME|login NAME|reload]");
    },
  );
});

describe("mcp login", () => {
  test("gives the link, says where to open it, and tells how it ends", async () => {
    const { say, codex, ended, host, sent } = await withServers();
    const text = await say("mcp login remote");
    expect(text.split("\n")[1]).toBe(LINK);
    expect(text).toContain("in a browser on the gateway's machine");
    expect(codex.only("mcpServer/oauth/login").params).toEqual({
      name: "remote",
      timeoutSecs: 600,
    });
    ended({ name: "other", loginId: "l1", success: true });
    ended({ name: "remote", loginId: "l0", success: false, error: "timed out" });
    ended({ name: "remote", loginId: "l1", success: true });
    await host.delivered();
    expect(sent()).toEqual(["Signed in to remote. Codex has its tools from the next message on."]);
    expect(codex.of("config/mcpServer/reload")).toHaveLength(1);
  });

  test("tells why it did not work", async () => {
    const { say, ended, host, sent } = await withServers();
    await say("mcp login remote");
    ended({ name: "remote", success: false, error: "access denied" });
    await host.delivered();
    expect(sent()).toEqual(["The sign-in to remote did not work. Reason: access denied"]);
  });

  test("tells that Codex ended meanwhile", async () => {
    const { say, codex, host, sent } = await withServers();
    await say("mcp login remote");
    codex.close(new Error("it ended"));
    await host.delivered();
    expect(sent()[0]).toMatch(/^Codex ended before anybody had signed in to remote\./);
  });

  test("gives no link in a group", async () => {
    const { say, codex } = await withServers();
    const group = { to: "telegram:-100", from: "telegram:group:-100" };
    expect(await say("mcp login remote", group)).toMatch(/^Signing in works in a private chat/);
    expect(codex.of("mcpServer/oauth/login")).toEqual([]);
  });

  test.each(["javascript:alert(1)", "nonsense", undefined])(
    "shows no link that is none: %s",
    async (authorizationUrl) => {
      const { say, codex } = await withServers();
      codex.answer("mcpServer/oauth/login", () => ({ authorizationUrl }));
      expect(await say("mcp login remote")).toMatch(/^remote gave no link that can be opened/);
    },
  );

  test("writes out what a channel would format in a link", async () => {
    const { say, codex } = await withServers();
    codex.answer("mcpServer/oauth/login", () => ({
      authorizationUrl: "https://login.example.com/a?x=[b](c)`*d*`",
    }));
    const [, link] = (await say("mcp login remote")).split("\n");
    expect(link).toBe("https://login.example.com/a?x=%5Bb%5D%28c%29%60%2Ad%2A%60");
  });

  test("says what Codex says against it", async () => {
    const { say, codex } = await withServers();
    codex.answer("mcpServer/oauth/login", refuse("No MCP server named 'nope' found."));
    expect(await say("mcp login nope")).toContain("No MCP server named 'nope' found");
  });
});
