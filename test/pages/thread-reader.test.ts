import { describe, expect, test } from "vitest";
import { ThreadReader } from "../../pages/thread-reader.js";
import type { ThreadAnswer } from "../../src/operator/thread-facts.js";

const NONE: ThreadAnswer = { found: "none" };
/** All that follows from an answer without another. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A page on a thread, whose gateway answers when the test says so. */
function page() {
  const asked: (string | undefined)[] = [];
  const answers: PromiseWithResolvers<ThreadAnswer>[] = [];
  const heard: string[] = [];
  const source = {
    isConnected: true,
    mayRead: true,
    thread: (before: string | undefined) => {
      asked.push(before);
      const answer = Promise.withResolvers<ThreadAnswer>();
      answers.push(answer);
      return answer.promise;
    },
  };
  const reader = new ThreadReader(source, {
    latest: () => void heard.push("latest"),
    earlier: () => void heard.push("earlier"),
    failed: (error) => void heard.push(String(error)),
  });
  const answer = async (): Promise<void> => {
    answers.shift()?.resolve(NONE);
    await settled();
  };
  const fail = async (): Promise<void> => {
    answers.shift()?.reject(new Error("busy"));
    await settled();
  };
  return { asked, heard, source, reader, answer, fail };
}

describe("the reader of a thread", () => {
  test("asks nothing while nobody looks", () => {
    const { asked, reader } = page();
    reader.changed();
    reader.wantEarlier("before 3");
    expect(asked).toEqual([]);
  });

  test("reads once more for all that happened during a reading, and then what was before", async () => {
    const { asked, heard, reader, answer } = page();
    reader.setSeen(true);
    reader.changed();
    reader.wantEarlier("before 3");
    reader.changed();
    await answer();
    await answer();
    await answer();
    expect(asked).toEqual([undefined, undefined, "before 3"]);
    expect(heard).toEqual(["latest", "latest", "earlier"]);
  });

  test("says why it failed, and reads again with the next change", async () => {
    const { asked, heard, reader, fail, answer } = page();
    reader.setSeen(true);
    await fail();
    expect(asked).toHaveLength(1);
    reader.changed();
    await answer();
    expect(heard).toEqual(["Error: busy", "latest"]);
  });

  test("shows nothing any more once its page was closed", async () => {
    const { asked, heard, reader, answer } = page();
    reader.setSeen(true);
    reader.end();
    await answer();
    reader.changed();
    expect([asked, heard]).toEqual([[undefined], []]);
  });
});
