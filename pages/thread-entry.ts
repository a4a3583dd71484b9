/** One thing of a transcript: a message, a command, an edit. */
import type { CutText, ThreadItem } from "../src/operator/thread-facts.js";
import { threadPageWords as words } from "../src/words/thread-page-words.js";
import { diffLines } from "./diff-lines.js";
import { element, foreign, type Part } from "./dom.js";
import { foreignCode, foreignLine, foreignText } from "./foreign-line.js";
import type { Entry } from "./transcript.js";

/** It is made anew when what it shows has changed, and what was unfolded in it stays so. */
export function threadEntry(): Part<Entry> {
  const node = element("li", { class: "codexchat-entry" });
  let shown = "";
  return {
    node,
    show(entry) {
      const now = JSON.stringify(entry);
      if (now === shown) return;
      shown = now;
      const open = [...node.querySelectorAll("details")].map((details) => details.open);
      node.dataset["kind"] = entry.kind === "item" ? entry.item.kind : entry.kind;
      node.replaceChildren(...contentOf(entry));
      for (const [at, details] of [...node.querySelectorAll("details")].entries()) {
        details.open = open[at] ?? details.open;
      }
    },
  };
}

function contentOf(entry: Entry): Node[] {
  switch (entry.kind) {
    case "turn":
      return [label(words.turn(entry.turn))];
    case "error":
      return [label(words.failed), block(entry.said.text), ...leftOf(entry.said)];
    case "item":
      return itemContent(entry.item);
  }
}

function itemContent(item: ThreadItem): Node[] {
  switch (item.kind) {
    case "asked":
      return [label(words.asked), text(item.said)];
    case "said":
      return [label(item.isAnswer ? words.answered : words.said), text(item.said)];
    case "thought":
      return [folded(words.thought, [text(item.said)])];
    case "plan":
      return [label(words.plan), text(item.said)];
    case "command":
      return [
        label(words.command(item)),
        block(item.command.text),
        ...leftOf(item.command),
        ...(item.output.text === "" && item.output.left === undefined
          ? []
          : [
              folded(words.output(item.output.text), [
                block(item.output.text),
                ...leftOf(item.output),
              ]),
            ]),
      ];
    case "change":
      return [
        label(words.change(item.status)),
        ...item.files.map(({ path, kind, diff }) => {
          const whole = kind === "update" ? undefined : kind;
          return folded(
            words.file(kind, foreignLine(path)),
            [diffBlock(diff.text, whole), ...leftOf(diff)],
            true,
          );
        }),
      ];
    case "other":
      return [label(words.other(item.type)), block(item.about)];
  }
}

function label(said: string): HTMLElement {
  return element("p", { class: "codexchat-entry__label" }, foreignLine(said));
}

function text(said: CutText): HTMLElement {
  const node = foreign("div", "codexchat-entry__text");
  node.append(foreignText(said.text), ...leftOf(said));
  return node;
}

function block(said: string): HTMLElement {
  const node = element("pre", { class: "codexchat-entry__block", dir: "ltr" });
  node.textContent = foreignCode(said);
  return node;
}

function diffBlock(diff: string, whole: "add" | "delete" | undefined): HTMLElement {
  const lines = diffLines(foreignCode(diff), whole).map(({ kind, text: line }) =>
    element("span", { class: `codexchat-diff--${kind}` }, `${line}\n`),
  );
  return element("pre", { class: "codexchat-entry__block", dir: "ltr" }, ...lines);
}

function folded(said: string, content: readonly Node[], isOpen = false): HTMLElement {
  const attributes = isOpen ? { open: "" } : {};
  return element("details", attributes, element("summary", { dir: "auto" }, said), ...content);
}

function leftOf({ left }: CutText): HTMLElement[] {
  return left === undefined
    ? []
    : [element("p", { class: "codexchat-entry__left" }, words.left(left))];
}
