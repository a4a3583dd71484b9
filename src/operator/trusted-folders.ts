/** Which folders Codex's own configuration trusts. What such a folder's `.codex` names runs outside of any sandbox. */
import { access, readFile } from "node:fs/promises";
import path from "node:path";
import { isInside } from "../thread/workspace-folder.js";

/** `[projects."/home/me/app"]`, in either kind of quotes. */
const PROJECT = /^\s*\[\s*projects\s*\.\s*(?:"(?<basic>(?:[^"\\]|\\.)*)"|'(?<literal>[^']*)')\s*\]/;
const TRUSTED = /^\s*trust_level\s*=\s*["']trusted["']/;

/** What Codex's configuration says of its trust. */
export type Trust = {
  /** The configuration. */
  file: string;
  /** Whether it trusts a folder, by its own name or by that of the git repository that the folder lies in. */
  covers(folder: string): Promise<boolean>;
};

/** Never rejects; of a file that cannot be read nothing is known. */
export async function trustIn(codexHome: string): Promise<Trust> {
  const file = path.join(codexHome, "config.toml");
  const trusted = await trustedFolders(file);
  return {
    file,
    async covers(folder) {
      for (const each of trusted) {
        if (each === folder) return true;
        // oxlint-disable-next-line no-await-in-loop -- They are few.
        if (isInside(folder, each) && (await isRepository(each))) return true;
      }
      return false;
    },
  };
}

async function isRepository(folder: string): Promise<boolean> {
  return access(path.join(folder, ".git")).then(
    () => true,
    () => false,
  );
}

async function trustedFolders(file: string): Promise<Set<string>> {
  const folders = new Set<string>();
  let project: string | undefined;
  for (const line of (await readFile(file, "utf8").catch(() => "")).split("\n")) {
    const { basic, literal } = PROJECT.exec(line)?.groups ?? {};
    if (/^\s*\[/.test(line)) project = literal ?? (basic && unescaped(basic));
    else if (project !== undefined && TRUSTED.test(line)) folders.add(project);
  }
  return folders;
}

/** A basic string of TOML is one of JSON in all that a path can hold. */
function unescaped(text: string): string | undefined {
  try {
    const read: unknown = JSON.parse(`"${text}"`);
    return typeof read === "string" ? read : undefined;
  } catch {
    return undefined;
  }
}
