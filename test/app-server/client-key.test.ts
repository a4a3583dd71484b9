import { expect, test } from "vitest";
import { clientKey } from "../../src/app-server/client-key.js";
import type { CodexAppServerStartOptions } from "../../src/app-server/start-options.js";

const stdio: CodexAppServerStartOptions = {
  transport: "stdio",
  command: "codex",
  commandSource: "default",
  args: ["app-server"],
  headers: {},
  clearEnv: ["A"],
};
const websocket: CodexAppServerStartOptions = {
  ...stdio,
  transport: "websocket",
  url: "ws://127.0.0.1:1",
  authToken: "s3cret",
  headers: { "x-key": "h1dden" },
};

test("every difference that reaches another app-server or account gives another key", () => {
  const keys = [
    clientKey(stdio, undefined),
    clientKey(stdio, "profile"),
    clientKey({ ...stdio, command: "other" }, undefined),
    clientKey({ ...stdio, args: ["app", "server"] }, undefined),
    clientKey({ ...stdio, clearEnv: ["A", "B"] }, undefined),
    clientKey({ ...stdio, passEnv: ["A"] }, undefined),
    clientKey(websocket, undefined),
    clientKey({ ...websocket, url: "ws://127.0.0.1:2" }, undefined),
    clientKey({ ...websocket, authToken: "other" }, undefined),
    clientKey({ ...websocket, headers: { "x-key": "other" } }, undefined),
  ];
  expect(new Set(keys).size).toBe(keys.length);
});

test("what makes no difference to the connection makes none to the key", () => {
  expect(clientKey({ ...stdio, commandSource: "env", url: "ws://unused" }, undefined)).toBe(
    clientKey({ ...stdio }, undefined),
  );
  expect(clientKey({ ...websocket, command: "unused" }, "p")).toBe(clientKey(websocket, "p"));
});

test("no secret can be read from a key", () => {
  expect(clientKey(websocket, undefined)).toMatch(/^[0-9a-f]{64}$/);
});
