/** What the demo's simulated model does. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelRequest } from "../test/support/model-request.js";
import { wordsOf } from "../test/support/person-words.js";
import type { Script } from "../test/support/responses-api.js";

/** The words at which the model runs the tests instead of repeating what it was told. */
export const TASK = "Run the tests and tell me how it went";
const TASK_WORDS = /\brun the tests\b/i;

const TESTS = `# The tests of the demo's project.
failed=0
check() {
  if [ "$2" = "$3" ]; then echo "ok: $1"; else echo "failed: $1"; failed=1; fi
}
check "two and two are four" "$((2 + 2))" 4
check "seven is odd" "$((7 % 2))" 1
check "the project has a test" "$(ls tests.sh)" tests.sh
exit $failed
`;

/** Gives Codex something to test. @param folder where it works */
export async function writeProject(folder: string): Promise<void> {
  await writeFile(join(folder, "tests.sh"), TESTS);
}

export const repeatOrTest: Script = ({ said }) =>
  TASK_WORDS.test(said)
    ? [
        { do: "shell", command: "sh tests.sh", justification: "May I run the project's tests?" },
        { do: "say", text: howTheTestsWent, phase: "final_answer" },
      ]
    : [{ do: "say", text: wordsOf(said), phase: "final_answer" }];

/** From what the command printed, or Codex said in its place. */
export function howTheTestsWent({ toolOutputs }: Pick<ModelRequest, "toolOutputs">): string {
  const output = toolOutputs.at(-1) ?? "";
  const passed = output.match(/^ok: /gm)?.length ?? 0;
  const failed = output.match(/^failed: /gm)?.length ?? 0;
  if (passed + failed === 0) return "I could not run the tests.";
  return failed === 0
    ? `All ${passed} tests pass.`
    : `${failed} of ${passed + failed} tests failed.`;
}
