/**
 * What a turn changed, as a diff in git's form, from the thread's own record: Codex notes each patch that it applied
 * (0.169; those of the running turn, too), but not what its shell commands did to files. The patches follow each other
 * as they were made, so a file can stand in there more than once.
 */
import path from "node:path";
import { asRecord, asString, isRecord } from "../app-server/json.js";
import { itemsOf } from "./turn-record.js";

export type TurnDiff = { text: string; files: string[]; added: number; removed: number };

/** Undefined where the record has no changes. Paths inside `cwd` are relative to it. */
export function diffOfTurn(turn: Record<string, unknown>, cwd: string): TurnDiff | undefined {
  const changes = itemsOf(turn)
    // A patch that was refused or failed changed nothing, and one that waits has not yet.
    .filter(({ type, status }) => type === "fileChange" && (status ?? "completed") === "completed")
    .flatMap((item) => (Array.isArray(item.changes) ? item.changes.filter(isRecord) : []))
    .map((change) => readChange(change, cwd))
    .filter((change) => change !== undefined);
  if (changes.length === 0) return undefined;
  const text = changes.map(diffOfChange).join("");
  const body = changes.flatMap(({ hunks }) => hunks.split("\n"));
  return {
    text,
    files: [...new Set(changes.map(({ to }) => to))],
    added: body.filter((line) => line.startsWith("+")).length,
    removed: body.filter((line) => line.startsWith("-")).length,
  };
}

/** A new file in git's form; `file` is its name from the repository's folder or below. */
export function diffOfNewFile(file: string, content: string): string {
  return diffOfChange({ kind: "add", from: file, to: file, hunks: wholeFile(content, "+") });
}

type Change = { kind: "add" | "delete" | "update"; from: string; to: string; hunks: string };

function readChange(change: Record<string, unknown>, cwd: string): Change | undefined {
  const file = asString(change.path);
  const diff = asString(change.diff);
  if (file === undefined || diff === undefined) return undefined;
  const from = shown(file, cwd);
  const type = asString(asRecord(change.kind)?.type) ?? asString(change.kind);
  // Of these Codex tells the whole content.
  if (type === "add") return { kind: "add", from, to: from, hunks: wholeFile(diff, "+") };
  if (type === "delete") return { kind: "delete", from, to: from, hunks: wholeFile(diff, "-") };
  const moved = asString(asRecord(change.kind)?.move_path);
  if (moved === undefined) return { kind: "update", from, to: from, hunks: ended(diff) };
  // Codex adds this line for its own display.
  const hunks = diff.replace(`\n\nMoved to: ${moved}`, "");
  return { kind: "update", from, to: shown(moved, cwd), hunks: ended(hunks) };
}

function diffOfChange({ kind, from, to, hunks }: Change): string {
  const head = `diff --git a/${from} b/${to}\n`;
  switch (kind) {
    case "add":
      return `${head}new file mode 100644\n--- /dev/null\n+++ b/${to}\n${hunks}`;
    case "delete":
      return `${head}deleted file mode 100644\n--- a/${from}\n+++ /dev/null\n${hunks}`;
    case "update": {
      const renamed = from === to ? "" : `rename from ${from}\nrename to ${to}\n`;
      return `${head}${renamed}${hunks === "" ? "" : `--- a/${from}\n+++ b/${to}\n${hunks}`}`;
    }
  }
}

/** A file's content as the one hunk that adds or removes all of it. */
function wholeFile(content: string, sign: "+" | "-"): string {
  if (content === "") return "";
  const isEnded = content.endsWith("\n");
  const lines = (isEnded ? content.slice(0, -1) : content).split("\n");
  const range = `1,${lines.length}`;
  return [
    sign === "+" ? `@@ -0,0 +${range} @@` : `@@ -${range} +0,0 @@`,
    ...lines.map((line) => sign + line),
    ...(isEnded ? [] : ["\\ No newline at end of file"]),
    "",
  ].join("\n");
}

function ended(hunks: string): string {
  const trimmed = hunks.replace(/\n+$/, "");
  return trimmed === "" ? "" : `${trimmed}\n`;
}

function shown(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  const isInside = relative !== "" && !relative.startsWith("..") && !path.isAbsolute(relative);
  return (isInside ? relative : file.replace(/^[/\\]+/, "")).replaceAll("\\", "/");
}
