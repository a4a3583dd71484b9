import path from "node:path";
import { describe, expect, test } from "vitest";
import {
  createCodexConversationBindingData,
  readCodexConversationBindingData,
  readCodexConversationBindingDataRecord,
  resolveCodexDefaultWorkspaceDir,
} from "../../src/host/binding-data.js";
import { hostBinding } from "../support/conversation/chat.js";

const DATA = createCodexConversationBindingData({
  sessionFile: "/state/chat",
  workspaceDir: "/project",
});

test("data is written with kind and version, and reads as it was written", () => {
  expect(DATA).toEqual({
    kind: "codex-app-server-session",
    version: 1,
    sessionFile: "/state/chat",
    workspaceDir: "/project",
  });
  expect(readCodexConversationBindingData(hostBinding(DATA))).toEqual(DATA);
  expect(readCodexConversationBindingDataRecord(structuredClone(DATA))).toEqual(DATA);
});

describe("what is not ours reads as undefined", () => {
  test("a host's binding that is absent or has no data", () => {
    expect(readCodexConversationBindingData(undefined)).toBeUndefined();
    expect(readCodexConversationBindingData(null)).toBeUndefined();
    expect(readCodexConversationBindingData(hostBinding(undefined))).toBeUndefined();
  });

  test.each([
    { kind: "another" },
    { kind: undefined },
    { version: 2 },
    { version: "1" },
    { sessionFile: "" },
    { sessionFile: "  " },
    { sessionFile: 7 },
    { sessionFile: undefined },
  ])("data with %o", (change) => {
    expect(readCodexConversationBindingDataRecord({ ...DATA, ...change })).toBeUndefined();
  });

  test.each([undefined, null, "text", 7, [], [DATA]])("the record %o", (record) => {
    expect(readCodexConversationBindingDataRecord(record)).toBeUndefined();
  });
});

test.each(["", "  ", undefined, 7])("without a folder (%o) it is the process's", (workspaceDir) => {
  expect(readCodexConversationBindingDataRecord({ ...DATA, workspaceDir })).toEqual({
    ...DATA,
    workspaceDir: process.cwd(),
  });
});

test("a later version's further fields do not travel on", () => {
  expect(readCodexConversationBindingDataRecord({ ...DATA, more: true })).toEqual(DATA);
});

describe("the default folder", () => {
  test("is the configured one", () => {
    const defaultWorkspaceDir = path.resolve("/configured");
    expect(resolveCodexDefaultWorkspaceDir({ appServer: { defaultWorkspaceDir } })).toBe(
      defaultWorkspaceDir,
    );
  });

  test("is the process's where none is configured", () => {
    expect(resolveCodexDefaultWorkspaceDir(undefined)).toBe(process.cwd());
    expect(resolveCodexDefaultWorkspaceDir({ appServer: {} })).toBe(process.cwd());
  });

  test("is an error where the setting is invalid", () => {
    expect(() =>
      resolveCodexDefaultWorkspaceDir({ appServer: { defaultWorkspaceDir: "relative" } }),
    ).toThrow("appServer.defaultWorkspaceDir");
  });
});
