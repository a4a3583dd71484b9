/** How the demo knows the answer that repeats its message. */
import { expect, test } from "vitest";
import { repeats } from "../../demo/repeats.js";

test.each([
  ["Two & <b>three</b>", "Two & three"],
  ["Two &amp; three", "Two & three"],
  ["**bold** and `code`", "bold and code"],
  ["see [the page](https://docs.example/a)", "see the page"],
  ["see <https://docs.example> now", "see https://docs.example now"],
  ["a <made-up> tag", "a <made-up> tag"],
  ["```js\nrun()\n```", "run()"],
  ["1 < 2 and 3 > 2", "1 < 2 and 3 > 2"],
  ["cut in the middle", "cut in the mid\ndle"],
  ["déjà vu 你好", "déjà vu 你好"],
])("%j is repeated by %j", (message, answer) => {
  expect(repeats(answer, message)).toBe(true);
});

test.each([
  ["Two & <b>three</b>", "Two"],
  ["one two", "two one"],
  ["Hello", "Queued behind the running turn."],
])("%j is not repeated by %j", (message, answer) => {
  expect(repeats(answer, message)).toBe(false);
});
