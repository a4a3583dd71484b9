/** A chat as a person sees it, in lines that another run writes the same. */
import type { Chain } from "../support/chain.js";
import { saidOf, type TranscriptEntry } from "../support/transcript.js";
import { inOrder, type Neighbours } from "./stage.js";

const ID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const QUESTION = /(?<=\/codexchat (?:approve|deny|answer|show) )[0-9a-f]{6}\b/g;
/** Keeps a name from becoming a link; nobody sees it. */
const JOINER = /\u2060/g;

/** How long a turn has taken so far, as a note tells it. */
export const LASTED = /\b\d+ (?:seconds|minutes?|min \d+ s)\b/g;

/** A turn has one that takes long, as every turn can on a busy machine. */
const NOTE = /^⏳/;

export type Reading = {
  /** With the notes of turns that take long. */
  withNotes?: boolean;
  /** Neighbours that come in either order are read in this one. */
  eitherOrder?: readonly Neighbours[];
};

/** Each message by who wrote it, with its buttons; what it was changed to stands below it, as it does in the chat. */
export function readAloud(
  chain: Chain,
  chat: number,
  { withNotes = false, eitherOrder = [] }: Reading = {},
): string {
  const said = saidOf(chain.telegram.chat(chat));
  const blocks = said
    .filter(({ kind, text }) => kind !== "edit" && (withNotes || !NOTE.test(text)))
    .map((entry) => {
      const later = said.filter(
        ({ kind, messageId }) =>
          entry.kind !== "click" && kind === "edit" && messageId === entry.messageId,
      );
      const edits = later.map((edit) => ["  then:", ...linesOf(edit)].join("\n"));
      const own = [speakerOf(entry), ...linesOf(entry)];
      return [...own, ...inOrder(edits, ...eitherOrder)].join("\n");
    });
  return `${sameEachTime(chain, inOrder(blocks, ...eitherOrder).join("\n"))}\n`;
}

function speakerOf({ from, kind }: TranscriptEntry): string {
  if (from === "bot") return "CODEX";
  return kind === "click" ? "PERSON presses" : "PERSON";
}

function linesOf({ text, buttons, files }: TranscriptEntry): string[] {
  return [
    ...files.map(({ name }) => `(${name})`),
    ...(text === "" ? [] : text.trimEnd().split("\n")),
    ...buttons.flat().map((button) => `[${button.text}]`),
  ].map((line) => `    ${line}`.trimEnd());
}

/** Names that each run makes anew, and figures that depend on the machine. */
function sameEachTime({ workspace, gateway }: Chain, text: string): string {
  return text
    .replaceAll(JOINER, "")
    .replaceAll(workspace, "/home/me/project")
    .replaceAll(/…\/openclaw-chain-\w+\/workspace/g, "…/me/project")
    .replaceAll(gateway.stateFolder, "/home/me/.openclaw")
    .replaceAll(ID, "0123abcd-…")
    .replaceAll(QUESTION, "1a2b3c4d")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:8080")
    .replaceAll(/\b\d+:\d\d [AP]M\b/g, "12:00 PM")
    .replaceAll(/\b\d+ min ago\b/g, "just now")
    .replaceAll(/\d+ % used \([^)]*\)/g, "3 % used (7k of 258k tokens)");
}
