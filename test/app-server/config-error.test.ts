import { expect, test } from "vitest";
import * as z from "zod/mini";
import { CodexConfigError, parseConfig } from "../../src/app-server/config-error.js";

const schema = z.strictObject({
  count: z.int().check(z.minimum(1), z.maximum(9)),
  kind: z.optional(z.enum(["one", "two"])),
  inner: z.optional(z.strictObject({ list: z.array(z.boolean()) })),
});

/** The error that a value makes. */
function errorOf(value: unknown, prefix = "section"): CodexConfigError {
  try {
    parseConfig(schema, value, prefix);
  } catch (error) {
    if (error instanceof CodexConfigError) return error;
  }
  throw new Error("the value was taken");
}

test("a valid value is returned", () => {
  expect(parseConfig(schema, { count: 3, kind: "two" }, "section")).toEqual({
    count: 3,
    kind: "two",
  });
});

test.each([
  { value: {}, setting: "section.count", problem: "it must be a number" },
  { value: { count: 1.5 }, setting: "section.count", problem: "it must be a whole number" },
  { value: { count: 0 }, setting: "section.count", problem: "it must be at least 1" },
  { value: { count: 10 }, setting: "section.count", problem: "it must be at most 9" },
  {
    value: { count: 1, kind: "three" },
    setting: "section.kind",
    problem: 'it must be "one" or "two"',
  },
  {
    value: { count: 1, inner: { list: [true, 1] } },
    setting: "section.inner.list.1",
    problem: "it must be a boolean",
  },
  {
    value: { count: 1, inner: { list: [], extra: 1 } },
    setting: "section.inner.extra",
    problem: "there is no such setting",
  },
  { value: { count: 1, extra: 1 }, setting: "section.extra", problem: "there is no such setting" },
  { value: [], setting: "section", problem: "it must be an object" },
])("$setting: $problem", ({ value, setting, problem }) => {
  expect(errorOf(value)).toMatchObject({
    setting,
    message: `Invalid setting ${setting}: ${problem}. Correct it in plugins.entries.codex-conversation.config and try again.`,
  });
});

test("without a section's name the setting stands by itself, and the whole is called config", () => {
  expect(errorOf({ count: 0 }, "").setting).toBe("count");
  expect(errorOf({ count: 1, extra: 1 }, "").setting).toBe("extra");
  expect(errorOf("text", "").setting).toBe("config");
});
