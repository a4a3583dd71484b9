/**
 * The permissions that Codex asks for, in words, the widest first; what this does not know is shown as it came, never
 * left out.
 */
import path from "node:path";
import { asRecord, asString, isRecord } from "../app-server/json.js";
import { questionWords } from "../words/question-words.js";

/** What is wanted, and how much that is: the smaller the wider. */
type Wanted = { words: string; narrowness: number };

/** A line each; none where nothing is asked for. */
export function permissionsInWords(permissions: unknown): string[] {
  const { network, fileSystem, ...others } = asRecord(permissions) ?? {};
  return [...asTheyCame(others), ...networkInWords(network), ...fileSystemInWords(fileSystem)]
    .toSorted((one, other) => one.narrowness - other.narrowness)
    .map(({ words }) => words);
}

function networkInWords(network: unknown): Wanted[] {
  const { enabled, ...others } = asRecord(network) ?? {};
  return [
    ...(enabled === true ? [{ words: questionWords.useNetwork, narrowness: 0 }] : []),
    ...asTheyCame(others),
  ];
}

function fileSystemInWords(fileSystem: unknown): Wanted[] {
  const { entries, read, write, ...others } = asRecord(fileSystem) ?? {};
  const listed = [
    ...(Array.isArray(entries) ? entries : []).map((entry: unknown) =>
      isRecord(entry)
        ? { place: entry.path, access: asString(entry.access) ?? JSON.stringify(entry.access) }
        : { place: entry, access: "?" },
    ),
    ...list(read).map((place) => ({ place, access: "read" })),
    ...list(write).map((place) => ({ place, access: "write" })),
  ].map(({ place, access }) => ({
    words: questionWords.useFiles(access, placeInWords(place)),
    narrowness: narrownessOf(access, place),
  }));
  // Newer versions send the two lists beside the entries, which say the same.
  const seen = new Set<string>();
  const once = listed.filter(({ words }) => !seen.has(words) && seen.add(words));
  return [...asTheyCame(others), ...once];
}

function placeInWords(wanted: unknown): string {
  const place = asRecord(wanted);
  if (!place) return asString(wanted) ?? JSON.stringify(wanted);
  return asString(place.path) ?? asString(place.pattern) ?? JSON.stringify(place.value ?? wanted);
}

/** Writing before reading, and within each the higher folder first. What is no path could be anything. */
function narrownessOf(access: string, wanted: unknown): number {
  const place = asRecord(wanted);
  const kind = asString(asRecord(place?.value)?.kind);
  const named = asString(wanted) ?? asString(place?.path) ?? asString(place?.pattern);
  const depth = named === undefined ? (SPECIAL[kind ?? ""] ?? 0) : depthOf(named);
  return (NARROWNESS[access] ?? 0) + depth;
}

const NARROWNESS: Readonly<Record<string, number>> = { write: 1, read: 1000, none: 2000 };

/** How deep Codex's own names for places lie; the root, and what is not known, not at all. */
const SPECIAL: Readonly<Record<string, number>> = {
  tmpdir: 1,
  slash_tmp: 1,
  project_roots: 2,
  minimal: 2,
};

/** A pattern reaches as far as the folder before its first star. */
function depthOf(named: string): number {
  const fixed = named.replaceAll("\\", "/").replace(/[*?[{].*$/s, "");
  return path.posix
    .normalize(fixed)
    .split("/")
    .filter((part) => part !== "" && part !== "." && part !== "..").length;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function asTheyCame(others: Record<string, unknown>): Wanted[] {
  return Object.entries(others)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => ({
      words: `${name}: ${JSON.stringify(value)}`,
      // How deep patterns are looked through; anything else could be anything.
      narrowness: name === "globScanMaxDepth" ? Infinity : 0,
    }));
}
