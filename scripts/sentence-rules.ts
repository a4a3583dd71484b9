import type { SpokenText } from "./spoken-texts.js";

export type FileTexts = { file: string; texts: readonly SpokenText[] };

/** Fewer words than these are no sentence, but a label or a part of one. */
const MIN_WORDS = 4;

/** The sentences that stand in more than one place, with those places. */
export function repeatedSentences(
  files: readonly FileTexts[],
): { sentence: string; places: string[] }[] {
  const places = new Map<string, string[]>();
  for (const { file, texts } of files) {
    for (const { text, line } of texts) {
      for (const sentence of new Set(sentencesOf(text))) {
        places.set(sentence, [...(places.get(sentence) ?? []), `${file}:${line}`]);
      }
    }
  }
  return [...places]
    .filter(([, found]) => found.length > 1)
    .map(([sentence, found]) => ({ sentence, places: found }));
}

/** Texts that are for a chat beyond doubt. */
export function strayTexts(files: readonly FileTexts[]): { text: string; place: string }[] {
  return files.flatMap(({ file, texts }) =>
    texts
      .filter(
        ({ text, property }) =>
          wordCount(text) >= MIN_WORDS && (property === "text" || /\/codexchat\b/.test(text)),
      )
      .map(({ text, line }) => ({ text, place: `${file}:${line}` })),
  );
}

function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.:;?!])\s+|\n+/)
    .map((sentence) => sentence.trim().replace(/[.:;]$/, ""))
    .filter((sentence) => wordCount(sentence) >= MIN_WORDS);
}

function wordCount(text: string): number {
  return text.match(/\p{L}{2,}/gu)?.length ?? 0;
}
