/** What is markup to the channel and not shown, or not as it was written: tags, entities, links' targets, a code's language. */
const MARKUP = [/<[^>]*>/g, /&#?\w+;/g, /\]\([^)]*\)/g, /^\s*```.*$/gm] as const;

const WORD = /[\p{L}\p{N}]+/gu;

/** Whether an answer, as its reader sees it, has all the words of a message, as it was typed, in their order. */
export function repeats(answer: string, message: string): boolean {
  const shown = MARKUP.reduce((text, markup) => text.replaceAll(markup, " "), message);
  // Joined, since an answer in several messages can be cut within a word.
  const letters = wordsOf(answer).join("");
  let from = 0;
  return wordsOf(shown).every((word) => {
    const at = letters.indexOf(word, from);
    from = at + word.length;
    return at >= 0;
  });
}

function wordsOf(text: string): string[] {
  return text.match(WORD) ?? [];
}
