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
  expect(held.isOthers).toBe(isShared);
});

test("a turn that is heard from its start is another client's as soon as that one's words come", () => {
  const held = heldTurn();
  held.read({ method: "turn/started", params: {} });
  expect(held.isOthers).toBe(false);
  held.read({ method: "item/started", params: { item: theirs } });
  expect(held.isOthers).toBe(true);
});

test("a turn that nobody here asked for is left to another client as long as its beginning is not known", () => {
  const held = heldTurn();
  held.isUnsolicited = true;
  held.read({ method: "item/started", params: { item: unsigned } });
  expect(held.isOthers).toBe(true);
  const heard = heldTurn();
  heard.isUnsolicited = true;
  heard.read({ method: "turn/started", params: {} });
  expect(heard.isOthers).toBe(false);
  heard.read({ method: "item/started", params: { item: unsigned } });
  expect(heard.isOthers).toBe(true);
});
