/** The table of all settings, from their schema and what the manifest says of each. */
import { asRecord, asString } from "../../src/app-server/json.js";
import { markdownTable } from "./table.js";

/** @param schema the JSON schema of all settings @param hints the manifest's uiHints, by `section.setting` */
export function settingsTable(schema: unknown, hints: unknown): string {
  const rows = settingsOf(schema).map(({ name, schema: setting }) => [
    `\`${name}\``,
    valuesOf(setting),
    defaultOf(name, setting.default),
    meaningOf(name, hints).replaceAll("|", "\\|"),
  ]);
  return markdownTable(["setting", "values", "default", "meaning"], rows);
}

type Setting = { name: string; schema: Record<string, unknown> };

/** Sections are gone through; a setting that takes names of its own, as headers do, is one. */
function settingsOf(schema: unknown, prefix = ""): Setting[] {
  return Object.entries(asRecord(asRecord(schema)?.properties) ?? {}).flatMap(([key, value]) => {
    const name = `${prefix}${key}`;
    const inner = asRecord(value) ?? {};
    return asRecord(inner.properties) ? settingsOf(inner, `${name}.`) : [{ name, schema: inner }];
  });
}

function defaultOf(name: string, value: unknown): string {
  if (value === undefined) return "";
  const text = `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
  return name.endsWith("Ms") && typeof value === "number" ? `${text} (${inWords(value)})` : text;
}

function inWords(milliseconds: number): string {
  if (milliseconds < 60_000) return `${milliseconds / 1000} s`;
  const minutes = milliseconds / 60_000;
  return minutes >= 60 ? `${minutes / 60} h` : `${minutes} min`;
}

function valuesOf({ enum: values }: Record<string, unknown>): string {
  return Array.isArray(values) ? values.map((value) => `\`${String(value)}\``).join(", ") : "";
}

/** @throws where the manifest does not say what a setting is for */
function meaningOf(name: string, hints: unknown): string {
  const help = asString(asRecord(asRecord(hints)?.[name])?.help);
  if (help === undefined) throw new Error(`openclaw.plugin.json: uiHints has no help for ${name}`);
  return help;
}
