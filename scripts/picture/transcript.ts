/** Reads the conversations of test/e2e/transcripts: who said what, pressed which button, and what a message changed to. */
import type { Said } from "./layout.js";

const CHANGED = "✎ ";
const PRESSES = "👆 ";

export function readTranscript(text: string): Said[] {
  const said: Said[] = [];
  let speaker = "";
  let lines: string[] = [];
  const end = (): void => {
    if (speaker !== "") said.push(saidBy(speaker, lines));
    lines = [];
  };
  for (const line of text.trimEnd().split("\n")) {
    // Below it another chat begins.
    if (line === "---") continue;
    if (line === "" || line.startsWith("    ")) {
      lines.push(line.slice(4));
      continue;
    }
    end();
    speaker = line.trim();
  }
  end();
  return said;
}

function saidBy(speaker: string, lines: readonly string[]): Said {
  const rows = [];
  const texts = [...lines];
  for (let last = texts.at(-1); last !== undefined; last = texts.at(-1)) {
    const label = /^\[(.+)\]$/.exec(last)?.[1];
    if (label === undefined) break;
    rows.unshift([label]);
    texts.pop();
  }
  const text = texts.join("\n");
  switch (speaker) {
    case "PERSON":
      return { from: "person", text, rows };
    case "PERSON presses":
      return { from: "person", text: `${PRESSES}${text}`, rows };
    case "CODEX":
      return { from: "bot", text, rows };
    case "then:":
      return { from: "bot", text: `${CHANGED}${text}`, rows };
    default:
      throw new Error(`A transcript has no speaker of this name: ${speaker}`);
  }
}
