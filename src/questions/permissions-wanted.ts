/** The permissions that Codex asks for, in words; what this does not know is shown as it came, never left out. */
import { asRecord, asString, isRecord } from "../app-server/json.js";
import { questionWords } from "../words/question-words.js";

/** A line each; none where nothing is asked for. */
export function permissionsInWords(permissions: unknown): string[] {
  const { network, fileSystem, ...others } = asRecord(permissions) ?? {};
  return [...networkInWords(network), ...fileSystemInWords(fileSystem), ...asTheyCame(others)];
}

function networkInWords(network: unknown): string[] {
  const { enabled, ...others } = asRecord(network) ?? {};
  return [...(enabled === true ? [questionWords.useNetwork] : []), ...asTheyCame(others)];
}

function fileSystemInWords(fileSystem: unknown): string[] {
  const { entries, read, write, ...others } = asRecord(fileSystem) ?? {};
  // The two lists say the same as the entries, which newer versions send beside them.
  const listed = Array.isArray(entries)
    ? entries.filter(isRecord).map(({ path, access }) => ({ place: placeInWords(path), access }))
    : [
        ...strings(read).map((place) => ({ place, access: "read" })),
        ...strings(write).map((place) => ({ place, access: "write" })),
      ];
  return [
    ...listed.map(({ place, access }) => questionWords.useFiles(asString(access) ?? "?", place)),
    ...asTheyCame(others),
  ];
}

function placeInWords(path: unknown): string {
  const place = asRecord(path);
  return asString(place?.path) ?? asString(place?.pattern) ?? JSON.stringify(place?.value ?? path);
}

function strings(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((entry) => typeof entry === "string") : [];
}

function asTheyCame(others: Record<string, unknown>): string[] {
  return Object.entries(others)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
}
