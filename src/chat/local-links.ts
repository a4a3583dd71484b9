/** Links to files on Codex's machine, which lead nowhere in a chat: the file and its line are shown instead. */
import { codeSpans } from "./code-spans.js";

/** A link or picture: its words, and its target with or without `<>`. A title is left out. */
const LINK =
  /!?\[(?<words>[^\][\n]*)\]\((?:<(?<bracketed>[^<>\n]*)>|(?<plain>[^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*))(?:[ \t]+"[^"\n]*")?\)/g;
/** A scheme, which has more letters than a drive; a server without one; a place on the same page. */
const ELSEWHERE = /^(?:(?!file:)[a-z][a-z\d+.-]+:(?!\d+(?::\d+)?$)|\/\/|#|$)/i;
/** `:12`, `:12:5`, `#L12`, `#L12C5` or `#L12-L20`. */
const LINE = /(?::(\d+)(?::\d+)?|#L(\d+)(?:C\d+)?(?:-L\d+(?:C\d+)?)?)$/;

/**
 * `[src/a.ts](/repo/src/a.ts:12)` becomes `` `src/a.ts:12` ``, and `[here](/repo/a.ts#L12)` becomes ``here (`/repo/a.ts:12`)``.
 * What is code stays as it is.
 */
export function withLocalFilesShown(text: string): string {
  let result = "";
  let done = 0;
  for (const { index, link, words, file, line } of localLinks(text)) {
    result += text.slice(done, index) + shownFile(words, file, line);
    done = index + link.length;
  }
  return result + text.slice(done);
}

/** The files that a text links to, each once. */
export function localFilesIn(text: string): string[] {
  return [...new Set(localLinks(text).map(({ file }) => file))];
}

type LocalLink = {
  index: number;
  link: string;
  words: string;
  file: string;
  line: string | undefined;
};

function localLinks(text: string): LocalLink[] {
  const code = codeSpans(text);
  let span = code.next();
  const found: LocalLink[] = [];
  for (const { index, 0: link, groups = {} } of text.matchAll(LINK)) {
    while (!span.done && span.value.to <= index) span = code.next();
    const target = groups.bracketed ?? groups.plain ?? "";
    const isCode = !span.done && span.value.from <= index;
    if (!isCode && !ELSEWHERE.test(target)) {
      found.push({ index, link, words: groups.words ?? "", ...placeIn(target) });
    }
  }
  return found;
}

function placeIn(target: string): { file: string; line: string | undefined } {
  const place = decoded(target.replace(/^file:\/\/(?:localhost)?/i, ""));
  const [suffix = "", colon, hash] = LINE.exec(place) ?? [];
  return { file: place.slice(0, place.length - suffix.length), line: colon ?? hash };
}

function shownFile(words: string, file: string, line: string | undefined): string {
  const withLine = (name: string): string => asCode(line === undefined ? name : `${name}:${line}`);
  const name = words.replace(/[`*_]/g, (mark) => (file.includes(mark) ? mark : "")).trim();
  const named = name.replace(LINE, "");
  if (named === "" || file === named) return withLine(file);
  return isEndOf(named, file) ? withLine(named) : `${words} (${withLine(file)})`;
}

/** Whether a file can be called that: by its last folders and its name. */
function isEndOf(name: string, file: string): boolean {
  return file.endsWith(`/${name}`) || file.endsWith(`\\${name}`);
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}

function asCode(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}
