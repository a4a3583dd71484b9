import { expect, test } from "vitest";
import { HeldTurn, OwnWords } from "../../src/thread/held-turns.js";

const theirs = { type: "userMessage", clientId: null };
const unsigned = { type: "userMessage" };
const own = { type: "userMessage", clientId: "mine" };

/** Of a chat that has given something to Codex. */
function heldTurn(): HeldTurn {
  const words = new OwnWords();
  words.add("mine");
  return new HeldTurn(words);
}

test.each([
  { how: "its first words are another client's", items: [theirs], isShared: true },
  { how: "the chat's came after another client's", items: [theirs, own], isShared: true },
  { how: "it begins with the chat's", items: [own, theirs], isShared: false },
  {
    how: "it begins with nobody's, as a goal's turn",
    items: [{ type: "reasoning" }],
    isShared: false,
  },
  { how: "Codex does not say whose its first words are", items: [unsigned], isShared: false },
])("a turn that runs is left to another client, or not: $how", ({ items, isShared }) => {
  const held = heldTurn();
  held.found(items, false);
  expect(held.isSharedWithOthers).toBe(isShared);
});

test("a turn that is heard from its start is another client's as soon as that one's words come", () => {
  const held = heldTurn();
  held.read({ method: "turn/started", params: {} });
  expect(held.isSharedWithOthers).toBe(false);
  held.read({ method: "item/started", params: { item: theirs } });
  expect(held.isSharedWithOthers).toBe(true);
});
