/** How a chat is told what Codex says beside its work. */
import { expect, test } from "vitest";
import type { Denial, Notice } from "../../src/thread/notices.js";
import { noticeWords } from "../../src/words/notice-words.js";

const denial = (more: Partial<Denial> = {}): Denial => ({
  action: { kind: "command", text: "npm publish" },
  reason: "It cannot be undone.",
  tookTooLong: false,
  ...more,
});
const denied = (more?: Partial<Denial>): Notice => ({
  kind: "denied",
  reviewId: "review-1",
  threadId: "thread-1",
  event: {},
  denial: denial(more),
});

test.each<[Notice, string]>([
  [denied(), "🛡️ Codex's reviewer denied: npm publish. Reason: It cannot be undone."],
  [
    denied({ action: { kind: "tool", server: "mail", tool: "send" }, reason: undefined }),
    "🛡️ Codex's reviewer denied: the tool send of mail.",
  ],
  [
    denied({ tookTooLong: true }),
    "🛡️ Codex's reviewer took too long, so this was denied: npm publish",
  ],
  [
    { kind: "tool server failed", name: "docs", message: "No such file", needsSignIn: false },
    "The tool server docs did not start, so Codex works without its tools. Reason: No such file",
  ],
  [
    { kind: "tool server failed", name: "docs", message: "401", needsSignIn: true },
    "Codex works without the tools of docs, which needs you to sign in again: `/codexchat mcp login docs` in a private chat.",
  ],
  [{ kind: "rerouted", from: "one", to: "two" }, "Codex answers with two instead of one for now."],
])("%j", (notice, text) => {
  expect(noticeWords.notice(notice)).toBe(text);
});

test("an outage is no message of its own", () => {
  expect(noticeWords.notice({ kind: "model out of reach", message: "x" })).toBeUndefined();
});

test("sub-agents that work on are named, five of them at most", () => {
  expect(noticeWords.agentsAtWork(["ann", "bob"])).toBe(
    "2 sub-agents are still working: ann, bob. `/codexchat stop` stops them.",
  );
  expect(noticeWords.agentsAtWork(["a", "b", "c", "d", "e", "f", "g"])).toContain(
    "a, b, c, d, e and 2 more",
  );
});

test("what is not ours is harmless in them", () => {
  const evil = "<!channel> @everyone **[x](https://evil.example)**\nsecond line";
  const texts = [
    noticeWords.notice(denied({ action: { kind: "command", text: evil }, reason: evil })),
    noticeWords.notice(denied({ action: { kind: "patch", files: [evil] } })),
    noticeWords.notice({ kind: "rerouted", from: evil, to: evil }),
    noticeWords.notice({
      kind: "tool server failed",
      name: evil,
      message: evil,
      needsSignIn: true,
    }),
    noticeWords.outage(evil),
    noticeWords.agentsAtWork([evil]),
    noticeWords.interruptedByReviewer({ denials: [], warning: evil }),
  ];
  for (const text of texts) {
    expect(text).not.toMatch(/<!|@everyone|\*\*|\]\(|:\/\/|evil\.example|\nsecond/);
  }
});
