/** Draws a conversation as a phone shows it, as one SVG. */
import { BUTTON_HEIGHT, LINE, layOut, PADDING, WIDTH, type Bubble, type Said } from "./layout.js";

/** What is drawn in it, and how on a light page and on a dark one. */
const STYLES = [
  [".page", "fill: #ffffff; stroke: #c9d2dc", "fill: #0e1621; stroke: #31445a"],
  [".person", "fill: #d9f2dc", "fill: #2b5278"],
  [".bot", "fill: #eef0f3", "fill: #182533"],
  ["text", "fill: #1c1e21", "fill: #e9eef4"],
  [".button", "fill: #ffffff; stroke: #c9d2dc", "fill: #22303f; stroke: #31445a"],
  ["text.label", "fill: #2468b2; text-anchor: middle", "fill: #7ab8f5"],
] as const;

export const THEMES = ["light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** @param theme undefined: light on light pages, and dark on dark ones */
export function drawConversation(conversation: readonly Said[], theme?: Theme): string {
  const { bubbles, height } = layOut(conversation);
  const title = `A chat with Codex: ${conversation[0]?.text ?? ""}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif" font-size="15">`,
    `<title>${escaped(title)}</title>`,
    "<style>",
    ...stylesOf(theme),
    "</style>",
    // An edge is as wide as a pixel; from 0 on, half of it would lie outside.
    `<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="14"/>`,
    ...bubbles.flatMap(drawBubble),
    "</svg>",
    "",
  ].join("\n");
}

function stylesOf(theme: Theme | undefined): string[] {
  const light = STYLES.map(([what, style]) => `${what} { ${style} }`);
  const dark = STYLES.map(([what, , style]) => `${what} { ${style} }`);
  if (theme === "light") return light;
  if (theme === "dark") return dark;
  return [...light, "@media (prefers-color-scheme: dark) {", ...dark, "}"];
}

function drawBubble({ from, lines, x, y, width, height, buttons }: Bubble): string[] {
  return [
    `<rect class="${from}" x="${x}" y="${y}" width="${width}" height="${height}" rx="12"/>`,
    ...lines.map(
      (line, index) =>
        `<text x="${x + PADDING}" y="${y + PADDING + 12 + index * LINE}">${escaped(line)}</text>`,
    ),
    ...buttons.flatMap((button) => [
      `<rect class="button" x="${button.x}" y="${button.y}" width="${button.width}" height="${BUTTON_HEIGHT}" rx="8"/>`,
      `<text class="label" x="${button.x + button.width / 2}" y="${button.y + 21}">${escaped(button.label)}</text>`,
    ]),
  ];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
