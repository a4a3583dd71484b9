/** The script of a command that Codex runs in a shell of its own: what a person has to read, without its wrapping. */

/** Where systems keep their shells: a program of the same name in another place is no wrapping but the point. */
const SHELL = /^(?:\/(?:usr\/)?(?:local\/)?bin\/|\/opt\/homebrew\/bin\/)?(?:ba|z|da|k)?sh$/;

/**
 * A command as a person should read it: SCRIPT for `SHELL -lc SCRIPT`, which is exact, anything else as it came.
 * Codex sends its words joined to a line as a shell would read it; some versions send them one by one.
 */
export function commandToRead(command: string | readonly string[]): string {
  const words = typeof command === "string" ? shellWords(command) : command;
  const [shell = "", option = "", script = "", ...more] = words ?? [];
  const isWrapped = SHELL.test(shell) && /^-l?c$/.test(option) && more.length === 0;
  if (isWrapped && script.trim() !== "") return script;
  if (typeof command === "string") return command;
  return command.length === 0 ? "" : JSON.stringify(command);
}

/**
 * The words of a line as a shell reads them; undefined where a shell would do anything but take off quotes, since the
 * words are then not all that there is.
 */
export function shellWords(line: string): string[] | undefined {
  const words: string[] = [];
  let rest = line.trimStart();
  while (rest !== "") {
    let word = "";
    for (let piece = nextPiece(rest); rest !== "" && !/^\s/.test(rest); piece = nextPiece(rest)) {
      if (!piece) return undefined;
      word += piece.text;
      rest = rest.slice(piece.length);
    }
    words.push(word);
    rest = rest.trimStart();
  }
  return words;
}

/** Undefined for what is not read as it stands: an open quote, an expansion, an operator. */
function nextPiece(rest: string): { text: string; length: number } | undefined {
  const quoted = /^'([^']*)'/.exec(rest);
  if (quoted) return { text: quoted[1] ?? "", length: quoted[0].length };
  const doubled = /^"((?:[^"\\$`]|\\[^])*)"/.exec(rest);
  if (doubled) {
    const text = (doubled[1] ?? "").replaceAll(/\\([$`"\\\n])/g, (_, escaped: string) =>
      escaped === "\n" ? "" : escaped,
    );
    return { text, length: doubled[0].length };
  }
  const escaped = /^\\([^\n])/u.exec(rest);
  if (escaped) return { text: escaped[1] ?? "", length: escaped[0].length };
  const plain = /^[^\s'"\\$`|&;<>()*?[\]#~!{}=%^]+|^[=%^\]}]/.exec(rest);
  return plain ? { text: plain[0], length: plain[0].length } : undefined;
}
