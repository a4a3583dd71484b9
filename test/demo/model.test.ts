/** What the demo's simulated model says, and that it is true. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { howTheTestsWent, repeatOrTest, TASK, writeProject } from "../../demo/model.js";
import { readModelRequest } from "../support/model-request.js";

const run = promisify(execFile);

const requestWith = (said: string) => ({ ...readModelRequest({}), said });

test.each(["Hello", "test the waters", "[From Ada:]\nHello"])(
  "what is no request for tests is repeated, without who said it: %j",
  (said) => {
    const text = said.replace(/^.*\n/, "");
    expect(repeatOrTest(requestWith(said))).toEqual([{ do: "say", text, phase: "final_answer" }]);
  },
);

test.each([TASK, "please run the tests", "Run the tests!"])(
  "a request for tests has it ask for a command: %s",
  (said) => {
    const [first] = repeatOrTest(requestWith(said));
    expect(first).toMatchObject({ do: "shell", command: "sh tests.sh" });
  },
);

test("the command runs tests that pass, and the model says how many", async () => {
  const folder = await mkdtemp(join(tmpdir(), "demo-project-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeProject(folder);
  const { stdout } = await run("sh", ["tests.sh"], { cwd: folder });
  expect(howTheTestsWent({ toolOutputs: [stdout] })).toBe("All 3 tests pass.");
});

test.each([
  ["Exit code: 1\nOutput:\nok: one\nfailed: two\n", "1 of 2 tests failed."],
  ["The person declined the command.", "I could not run the tests."],
  [undefined, "I could not run the tests."],
])("the model says what became of the tests: %j", (output, says) => {
  expect(howTheTestsWent({ toolOutputs: output === undefined ? [] : [output] })).toBe(says);
});
