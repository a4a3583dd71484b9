/** Every message of the suite carries a tag, by which its answer and its runs are recognised: `c12/m5`. */
export type Tag = `c${number}/m${number}`;

export function tagOf(chat: number, number: number): Tag {
  return `c${chat}/m${number}`;
}

export function tagsIn(text: string): Tag[] {
  return [...text.matchAll(/\bc\d+\/m\d+\b/g)].map(([tag]) => tag).filter((tag) => isTag(tag));
}

function isTag(text: string): text is Tag {
  return /^c\d+\/m\d+$/.test(text);
}

/** Parts of an answer to these messages, each of which names them, for answers that take several chat messages. */
export function answerTo(tags: readonly Tag[], parts: number): string {
  const lines = Array.from(
    { length: parts },
    (_, index) =>
      `Answer ${index + 1} of ${parts} to ${tags.join(" and ")}: as you wish\u2028so be it.`,
  );
  return lines.join("\n\n");
}

/** Which part of how many a piece of an answer is; undefined for any other text. */
export function answerPart(text: string): { part: number; of: number; tags: Tag[] } | undefined {
  const match = /^Answer (\d+) of (\d+) to (.*): as you wish\u2028so be it\.$/.exec(text);
  if (!match) return undefined;
  return { part: Number(match[1]), of: Number(match[2]), tags: tagsIn(match[3] ?? "") };
}

/** What is said beside an answer; the reply only where there is no answer. */
export const COMMENTARY = "Let me see.";
