/** Every message of a world carries a tag, by which its answer and its runs are recognised: `c12/m5`. */
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

/** What is said beside an answer; the reply only where there is no answer. */
export const COMMENTARY = "Let me see.";
