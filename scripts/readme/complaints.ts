/** What is wrong with README.md and the pages that it leads to, as far as that can be told without reading them. */
import { linksOf, paragraphsBroken } from "./markdown.js";

/** More would not be read by somebody who only wants to know what this is. */
const README_LINES = 110;
/** Shown where each line break stays one: README in OpenClaw's Control UI, the others wherever people put them. */
const FOR_USERS = new Set([
  "README.md",
  "docs/channels.md",
  "docs/codex.md",
  "docs/commands.md",
  "docs/install.md",
  "docs/security.md",
  "docs/settings.md",
  "docs/troubleshooting.md",
  "docs/usage.md",
]);

export type Pages = {
  /** By their paths in the repository. */
  pages: ReadonlyMap<string, string>;
  /** Everything else that a link can lead to. */
  files: ReadonlySet<string>;
  /** How each command is written. */
  usages: readonly string[];
};

export function complaintsOfPages({ pages, files, usages }: Pages): string[] {
  const lines = (pages.get("README.md") ?? "").trimEnd().split("\n").length;
  const commands = pages.get("docs/commands.md") ?? "";
  return [
    ...(lines > README_LINES
      ? [`README.md has ${lines} lines; ${README_LINES} are enough. Move something to docs/.`]
      : []),
    ...[...pages].flatMap(([name, text]) => [
      ...linksOf(text)
        .filter((link) => !leadsSomewhere(name, link, pages, files))
        .map((link) => `${name} links to ${link}, which is not there.`),
      ...(FOR_USERS.has(name) ? paragraphsBroken(text) : []).map(
        (line) => `${name} breaks a paragraph after: ${line}`,
      ),
    ]),
    ...usages
      .filter((usage) => !commands.includes(`| \`${usage.replaceAll("|", "\\|")}\` `))
      .map((usage) => `docs/commands.md has no row for: ${usage}`),
  ];
}

function leadsSomewhere(
  page: string,
  link: string,
  pages: ReadonlyMap<string, string>,
  files: ReadonlySet<string>,
): boolean {
  if (/^(?:https?|mailto):/.test(link)) return true;
  const { pathname, hash } = new URL(link, `file:///${page}`);
  const target = link.startsWith("#") ? page : decodeURIComponent(pathname.slice(1));
  const text = pages.get(target);
  if (text === undefined) return files.has(target) && hash === "";
  return hash === "" || headingsOf(text).has(hash.slice(1));
}

/** The names by which a page's headings can be linked to, as GitHub makes them. */
function headingsOf(text: string): Set<string> {
  return new Set(
    Array.from(text.matchAll(/^#+ (.+)$/gm), ([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
