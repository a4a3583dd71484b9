import path from "node:path";

/** The rooms of src/ from the ground up; what stands in none is the entry, above them all. */
const ROOMS = [
  "common",
  "app-server",
  "host",
  "thread",
  "words",
  "chat",
  "questions",
  "messages",
  "commands",
  "cards",
  "operator",
] as const;

/** One-line files that hand on the names of the ported contract from their old places (docs/port.md). */
const HANDED_ON = /^(?:app-server\/session-binding|conversation-[\w-]+)\.ts$/;

type SourceFile = { file: string; text: string };

/** A sentence for each import that goes up. */
export function upwardImports(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ file }) => !HANDED_ON.test(file))
    .flatMap(({ file, text }) =>
      importsOf(text).flatMap(({ target, isType }) => {
        const imported = path.posix.join(path.posix.dirname(file), target);
        const [from, to] = [heightOf(file), heightOf(imported)];
        if (imported.startsWith("../") || to <= from || (isType && file.startsWith("words/")))
          return [];
        return [`src/${file} imports ${imported}, which is in a room above it`];
      }),
    );
}

/** Beyond this a file has more than one reason to change. */
const LINES = 350;

/** A sentence for each file that is too long. */
export function longFiles(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ file, text }) => {
    const lines = text.trimEnd().split("\n").length;
    return lines <= LINES ? [] : [`src/${file} has ${lines} lines; ${LINES} are the most`];
  });
}

/** A sentence for each request to Codex that does not go through the table of methods. */
export function plainRequests(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ file, text }) =>
    !file.startsWith("app-server/") && /\.request\(/.test(text)
      ? [`src/${file} sends a request past the table in app-server/methods.ts`]
      : [],
  );
}

function importsOf(text: string): { target: string; isType: boolean }[] {
  const statements = text.matchAll(
    /(?:import|export)\s+(type\s)?[^;"']*?from\s+"(\.[^"]+)"|import\("(\.[^"]+)"\)/g,
  );
  return [...statements].flatMap(([, type, from, dynamic]) => {
    const target = from ?? dynamic;
    return target === undefined ? [] : [{ target, isType: type !== undefined }];
  });
}

function heightOf(file: string): number {
  const room = ROOMS.findIndex((name) => file.startsWith(`${name}/`));
  return room === -1 ? ROOMS.length : room;
}
