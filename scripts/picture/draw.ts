/** Draws a conversation as SVG, for light pages and for dark ones. */
import { BUTTON_HEIGHT, LINE, layOut, PADDING, WIDTH, type Bubble, type Said } from "./layout.js";

export type Theme = "light" | "dark";

const COLOURS = {
  light: {
    page: "#ffffff",
    person: "#d9f2dc",
    bot: "#eef0f3",
    text: "#1c1e21",
    button: "#ffffff",
    label: "#2468b2",
    edge: "#c9d2dc",
  },
  dark: {
    page: "#0e1621",
    person: "#2b5278",
    bot: "#182533",
    text: "#e9eef4",
    button: "#22303f",
    label: "#7ab8f5",
    edge: "#31445a",
  },
} as const;

export function drawConversation(conversation: readonly Said[], theme: Theme): string {
  const { bubbles, height } = layOut(conversation);
  const colours = COLOURS[theme];
  const title = `A chat with Codex: ${conversation[0]?.text ?? ""}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif" font-size="15">`,
    `<title>${escaped(title)}</title>`,
    // An edge is as wide as a pixel; from 0 on, half of it would lie outside.
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="14" fill="${colours.page}" stroke="${colours.edge}"/>`,
    ...bubbles.flatMap((bubble) => drawBubble(bubble, colours)),
    "</svg>",
    "",
  ].join("\n");
}

function drawBubble(bubble: Bubble, colours: (typeof COLOURS)[Theme]): string[] {
  const { from, lines, x, y, width, height, buttons } = bubble;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="12" fill="${colours[from]}"/>`,
    ...lines.map(
      (line, index) =>
        `<text x="${x + PADDING}" y="${y + PADDING + 12 + index * LINE}" fill="${colours.text}">${escaped(line)}</text>`,
    ),
    ...buttons.flatMap((button) => [
      `<rect x="${button.x}" y="${button.y}" width="${button.width}" height="${BUTTON_HEIGHT}" rx="8" fill="${colours.button}" stroke="${colours.edge}"/>`,
      `<text x="${button.x + button.width / 2}" y="${button.y + 21}" text-anchor="middle" fill="${colours.label}">${escaped(button.label)}</text>`,
    ]),
  ];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
