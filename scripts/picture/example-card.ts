/** The card below README's conversation: what it says and its buttons are the plugin's, the facts are an example's. */
import { homeCard } from "../../src/cards/home.js";
import type { Said } from "./layout.js";

export function exampleCard(title: string): Said[] {
  const { text, rows } = homeCard({
    title,
    threadId: "example",
    cwd: "~/projects/my-app",
    model: "gpt-5.5",
    effort: "high",
    mode: "ask",
    permissions: "",
    fast: "",
    isFast: false,
    isHeld: false,
    context: { tokens: 31_000, window: 258_000 },
    running: false,
    runningMs: undefined,
    work: undefined,
    isAtWork: false,
    turnId: undefined,
    waiting: 0,
    goal: undefined,
    agents: [],
    openQuestions: [],
    codex: undefined,
    now: 0,
  });
  return [
    { from: "person", text: "/codexchat", rows: [] },
    { from: "bot", text, rows: rows.map((row) => row.map(({ label }) => label)) },
  ];
}
