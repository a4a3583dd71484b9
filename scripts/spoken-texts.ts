/** The texts in a source file that a program could say: its strings and templates, each with where it stands. */
import { parseSync, Visitor } from "oxc-parser";

export type SpokenText = {
  /** As it stands in the source; `{}` stands for what a template fills in. */
  text: string;
  line: number;
  /** The value of a property of this name, as in `{ text: "…" }`; undefined elsewhere. */
  property: string | undefined;
};

/** @throws if the source cannot be parsed */
export function spokenTexts(file: string, source: string): SpokenText[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found: SpokenText[] = [];
  // By where they start: what names a module or a type is not said.
  const unsaid = new Set<number>();
  const properties = new Map<number, string>();
  const add = (text: string, start: number): void => {
    if (unsaid.has(start)) return;
    const line = source.slice(0, start).split("\n").length;
    found.push({ text, line, property: properties.get(start) });
  };
  new Visitor({
    ImportDeclaration: ({ source: from }) => void unsaid.add(from.start),
    ExportNamedDeclaration: ({ source: from }) => void (from && unsaid.add(from.start)),
    TSLiteralType: ({ literal }) => void unsaid.add(literal.start),
    Property: ({ key, value }) => {
      if (key.type === "Identifier") properties.set(value.start, key.name);
    },
    Literal: ({ value, start }) => {
      if (typeof value === "string") add(value, start);
    },
    TemplateLiteral: ({ quasis, start }) =>
      add(quasis.map(({ value }) => value.cooked ?? value.raw).join("{}"), start),
  }).visit(program);
  return found;
}

/** The names of all properties that a source gives to its objects, quoted or not. */
export function propertyNames(file: string, source: string): string[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found: string[] = [];
  new Visitor({
    Property: ({ key }) => {
      if (key.type === "Identifier") found.push(key.name);
      if (key.type === "Literal" && typeof key.value === "string") found.push(key.value);
    },
  }).visit(program);
  return found;
}
