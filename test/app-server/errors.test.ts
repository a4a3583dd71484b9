import { describe, expect, test } from "vitest";
import {
  CallSite,
  CodexLocalError,
  CodexRpcError,
  isActiveWriter,
  isArchived,
  isNoActiveTurn,
  isNoRollout,
  isOtherTurnActive,
  isOverloaded,
  isThreadNotFound,
  isUnknownMethod,
  otherActiveTurn,
  takesNoParams,
} from "../../src/app-server/errors.js";

const refused = (message: string): CodexRpcError => new CodexRpcError("any", -32600, message);
const THREAD = "0199a213-81c0-7800-8aa1-bbab2a035a53";

describe("Codex's refusals are told apart by their words", () => {
  const table = [
    { is: isThreadNotFound, words: `thread not found: ${THREAD}` },
    { is: isNoRollout, words: `no rollout found for thread id ${THREAD}` },
    { is: isActiveWriter, words: `thread ${THREAD} already has an active writer` },
    { is: isArchived, words: `session ${THREAD} is archived; unarchive it first` },
    { is: isNoActiveTurn, words: "no active turn to interrupt" },
    { is: isNoActiveTurn, words: "no active turn to steer" },
    { is: isOtherTurnActive, words: "expected active turn id `a` but found `b`" },
    { is: isOverloaded, words: "Server overloaded; retry later." },
    {
      is: isUnknownMethod,
      words:
        "Invalid request: unknown variant `thread/settings/update`, expected one of `initialize`",
    },
    { is: takesNoParams, words: "Invalid request: invalid type: map, expected unit" },
  ];
  const classifiers = [...new Set(table.map(({ is }) => is))];

  test.each(table)("$words", ({ is, words }) => {
    expect(classifiers.filter((classify) => classify(refused(words)))).toEqual([is]);
    expect(is(new Error(`turn/start: ${words}`))).toBe(true);
    expect(is(words)).toBe(false);
    expect(is(undefined)).toBe(false);
  });

  test("overload is known by its number as well", () => {
    expect(isOverloaded(new CodexRpcError("any", -32001, "busy"))).toBe(true);
    expect(isOverloaded(refused("busy"))).toBe(false);
  });
});

test("the turn that runs in place of another is named by the refusal, and by no other", () => {
  const other = "expected active turn id 01a2-3 but found 01a2-4f";
  expect(otherActiveTurn(refused(other))).toBe("01a2-4f");
  expect(otherActiveTurn(refused("expected active turn id `a` but found `b-1`"))).toBe("b-1");
  expect(otherActiveTurn(refused("but found nothing"))).toBeUndefined();
  expect(otherActiveTurn(undefined)).toBeUndefined();
});

test("a value that Codex does not know is no method that it does not know", () => {
  const words = "unknown variant `nonsense`, expected one of `none`, `minimal`, `a/b`";
  expect(isUnknownMethod(refused(words))).toBe(false);
});

test("an error of another copy of the module is a CodexLocalError too; a CodexRpcError is not", () => {
  class Copy extends Error {
    override readonly name = "CodexLocalError";
  }
  expect(new Copy()).toBeInstanceOf(CodexLocalError);
  expect(new CodexLocalError("ABORTED", "x")).toBeInstanceOf(CodexLocalError);
  expect(refused("x")).not.toBeInstanceOf(CodexLocalError);
  expect(new Error("x")).not.toBeInstanceOf(CodexLocalError);
});

function whoAsks(): CallSite {
  return new CallSite();
}

test("an error wears the stack of the place that made the request", () => {
  const error = whoAsks().applyTo(new CodexLocalError("REQUEST_TIMEOUT", "late\nindeed"));
  expect(error.stack).toMatch(/^CodexLocalError: late\nindeed\n {4}at whoAsks /);
});
