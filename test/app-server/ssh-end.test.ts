import { expect, test } from "vitest";
import { endOfSsh } from "../../src/app-server/ssh-end.js";

const options = {
  server: "box",
  transport: "stdio",
  command: "ssh",
  commandSource: "config",
  args: [],
  headers: {},
  clearEnv: [],
} as const;

const endWith = (said: string, code: number | null = 255) =>
  endOfSsh({ ...options, args: [], clearEnv: [] }, code, said);

test.each([
  "me@box: Permission denied (publickey).",
  "Host key verification failed.",
  "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures",
])("a login that failed is a server that does not start: %s", (said) => {
  expect(endWith(said)).toMatchObject({
    code: "START_FAILED",
    message: `ssh could not log in where the Codex app-server runs (servers.box), so nothing was started there. Its last words: ${said}`,
  });
});

test.each([
  "ssh: Could not resolve hostname box: Name or service not known",
  "ssh: connect to host box port 22: Connection refused",
  "ssh: connect to host box port 22: Connection timed out",
  "kex_exchange_identification: Connection closed by remote host",
])("a host that cannot be reached is one, too: %s", (said) => {
  expect(endWith(said)).toMatchObject({
    code: "START_FAILED",
    message: expect.stringMatching(/^ssh could not connect to where the Codex app-server runs/),
  });
});

test.each([
  "Connection to box closed by remote host.",
  "client_loop: send disconnect: Broken pipe",
  "Timeout, server box not responding.",
  "",
])("any other end of ssh is a connection that was lost: %j", (said) => {
  expect(endWith(said)).toMatchObject({
    code: "CONNECTION_CLOSED",
    message: expect.stringMatching(/^The ssh connection to the Codex app-server was lost/),
  });
});

test.each([0, 1, 127, null])("the end of Codex there (code %s) is no matter of ssh's", (code) => {
  expect(endWith("Permission denied", code)).toBeUndefined();
});
