/** Lays a conversation out as bubbles: who says what, in which lines, and where. Lengths are in pixels. */

/** A message, and the labels of the buttons below it. */
export type Said = {
  from: "person" | "bot";
  text: string;
  rows: readonly (readonly string[])[];
};

export type Bubble = {
  from: "person" | "bot";
  lines: string[];
  x: number;
  y: number;
  width: number;
  height: number;
  buttons: { label: string; x: number; y: number; width: number }[];
};

/** A phone that is not large. */
export const WIDTH = 360;
export const LINE = 20;
export const PADDING = 12;
export const BUTTON_HEIGHT = 32;
const MARGIN = 16;
const GAP = 12;
/** Between buttons. */
const BETWEEN = 6;
const WIDEST = 296;

/** The bubbles from top to bottom, and the height of the whole. */
export function layOut(conversation: readonly Said[]): { bubbles: Bubble[]; height: number } {
  let y = MARGIN;
  const bubbles = conversation.map(({ from, text, rows }): Bubble => {
    const lines = text.split("\n").flatMap((line) => wrap(line, WIDEST - 2 * PADDING));
    const widest = Math.max(...[...lines, ...rows.map((row) => row.join("    "))].map(widthOf));
    const width = Math.min(WIDEST, Math.ceil(widest) + 2 * PADDING);
    const x = from === "person" ? WIDTH - MARGIN - width : MARGIN;
    const height = lines.length * LINE + 2 * PADDING - 4;
    const bubble = {
      from,
      lines,
      x,
      y,
      width,
      height,
      buttons: rows.flatMap((row, index) => {
        const each = (width - (row.length - 1) * BETWEEN) / row.length;
        return row.map((label, place) => ({
          label,
          x: x + place * (each + BETWEEN),
          y: y + height + BETWEEN + index * (BUTTON_HEIGHT + BETWEEN),
          width: each,
        }));
      }),
    };
    y += height + rows.length * (BUTTON_HEIGHT + BETWEEN) + GAP;
    return bubble;
  });
  return { bubbles, height: y - GAP + MARGIN };
}

/** Breaks at spaces; a word that is wider than the line is broken where it must be. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (widthOf(line) > width) {
      let fits = line.length;
      while (widthOf(line.slice(0, fits)) > width) fits -= 1;
      lines.push(line.slice(0, fits));
      line = line.slice(fits);
    }
  }
  return [...lines, line];
}

/** Of 15 px in the widest font that systems use for their menus, DejaVu Sans, roughly: in another one a bubble has room. */
function widthOf(text: string): number {
  return Array.from(text, (character) => {
    if (/\p{Emoji_Presentation}/u.test(character)) return 20;
    if (/[ijlt.,:;'!|()[\] ]/.test(character)) return 5.5;
    if (/[mW@%]/.test(character)) return 14.5;
    if (/[wM]/.test(character)) return 12.5;
    if (/\p{Nd}/u.test(character)) return 9.6;
    return /\p{Lu}/u.test(character) ? 10.5 : 8.8;
  }).reduce((sum, width) => sum + width, 0);
}
