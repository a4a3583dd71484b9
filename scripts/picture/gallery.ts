/** Draws every conversation of test/e2e/transcripts as a phone shows it, light and dark, to be read as a person would. */
import { glob, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { launchChromium } from "../../test/browser/chromium.js";
import { drawConversation, THEMES } from "./draw.js";
import { readTranscript } from "./transcript.js";

/** Resolves to how many there are. @param asPng also as pixels, which needs a Chromium */
export async function drawGallery(
  from: string,
  folder: string,
  { asPng }: { asPng: boolean },
): Promise<number> {
  await mkdir(folder, { recursive: true });
  const pictures: { name: string; svg: string }[] = [];
  for await (const file of glob("*.txt", { cwd: from })) {
    const said = readTranscript(await readFile(path.join(from, file), "utf8"));
    for (const theme of THEMES) {
      pictures.push({
        name: `${path.parse(file).name}-${theme}`,
        svg: drawConversation(said, theme),
      });
    }
  }
  pictures.sort((one, other) => one.name.localeCompare(other.name));
  await Promise.all(
    pictures.map(({ name, svg }) => writeFile(path.join(folder, `${name}.svg`), svg)),
  );
  const images = pictures.map(({ name }) => `<img src="${name}.svg" alt="${name}">`);
  await writeFile(
    path.join(folder, "index.html"),
    `<!doctype html>\n<title>Chats on a phone</title>\n${images.join("\n")}\n`,
  );
  if (asPng) await writePixels(pictures, folder);
  return pictures.length / THEMES.length;
}

async function writePixels(
  pictures: readonly { name: string; svg: string }[],
  folder: string,
): Promise<void> {
  await using browser = await launchChromium();
  const page = await browser.newPage();
  for (const { name, svg } of pictures) {
    // One page draws one after the other.
    // oxlint-disable no-await-in-loop
    await page.setContent(svg);
    await page.locator("svg").screenshot({ path: path.join(folder, `${name}.png`) });
    // oxlint-enable no-await-in-loop
  }
}
