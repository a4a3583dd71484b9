import type { Locator } from "playwright-core";

/** What WCAG 2 asks of texts that are not large. */
const LEAST = 4.5;

/** The texts below an element that do not stand out enough from what is behind them. */
export function paleTexts(root: Locator): Promise<string[]> {
  return root.evaluate((top, least) => {
    type Colour = { red: number; green: number; blue: number; alpha: number };
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    if (!canvas) throw new Error("this browser draws nothing");
    // Whatever way a colour is written in, a pixel of it says what it is.
    const read = (written: string): Colour => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = written;
      canvas.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return { red, green, blue, alpha: alpha / 255 };
    };
    const over = (upper: Colour, lower: Colour): Colour => {
      const mix = (one: number, other: number) => one * upper.alpha + other * (1 - upper.alpha);
      return {
        red: mix(upper.red, lower.red),
        green: mix(upper.green, lower.green),
        blue: mix(upper.blue, lower.blue),
        alpha: 1,
      };
    };
    const behind = (node: Element | null): Colour => {
      if (!node) return read(getComputedStyle(document.documentElement).backgroundColor || "white");
      const own = read(getComputedStyle(node).backgroundColor);
      return own.alpha === 1 ? own : over(own, behind(node.parentElement));
    };
    const luminance = ({ red, green, blue }: Colour): number => {
      const [r = 0, g = 0, b = 0] = [red, green, blue].map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const pale: string[] = [];
    for (const node of [top, ...top.querySelectorAll("*")]) {
      const text = [...node.childNodes]
        .filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
        .map(({ textContent }) => textContent?.trim())
        .join(" ")
        .trim();
      if (text === "" || !node.checkVisibility()) continue;
      const background = behind(node);
      const colour = over(read(getComputedStyle(node).color), background);
      const [dark = 0, light = 0] = [luminance(colour), luminance(background)].toSorted(
        (one, other) => one - other,
      );
      const ratio = (light + 0.05) / (dark + 0.05);
      if (ratio < least) pale.push(`${text}: ${ratio.toFixed(2)}`);
    }
    return pale;
  }, LEAST);
}
