import { asArray, asObject, asString, isJsonObject, type JsonObject } from "../wire-guards.js";

/** What one field of a message can hold, over all the forms that its schema allows. */
export type FieldFacts = {
  /** JSON's types, null aside, each once. */
  readonly types: readonly string[];
  /** The texts that it is limited to; empty where any text may stand. */
  readonly values: readonly string[];
};

/** What Codex says its protocol is: the document of `codex app-server generate-json-schema`. */
export class ProtocolSchema {
  readonly #document: JsonObject;

  constructor(document: unknown) {
    this.#document = asObject(document);
  }

  /** The methods of one direction, each with the schemas of its params. */
  methods(direction: "ClientRequest" | "ServerRequest" | "ServerNotification") {
    const forms = this.#forms({ $ref: `#/definitions/${direction}` });
    return new Map(
      forms.map(({ properties }) => {
        const { method, params } = asObject(properties);
        return [asString(asArray(asObject(method)["enum"])[0]), asObject(params)] as const;
      }),
    );
  }

  /** The answer's schema that belongs to these params; undefined where there is none by that name. */
  answerTo(params: JsonObject): JsonObject | undefined {
    const reference = this.#referencesOf(params).find((found) => found.endsWith("Params"));
    const name = reference?.replace(/Params$/, "Response");
    return name !== undefined && this.#find(name) !== undefined ? { $ref: name } : undefined;
  }

  /** The fields that must be there in every form of a message. */
  requiredOf(schema: JsonObject): string[] {
    const [first = [], ...others] = this.#forms(schema)
      .filter(({ type }) => type !== "null")
      .map(({ required }) => asArray(required).map(asString));
    return first.filter((name) => others.every((names) => names.includes(name)));
  }

  /**
   * A field of a message, by its path: `turn.items[]:agentMessage.text` is the text of those items of the turn whose
   * type is agentMessage. Undefined where there is none.
   */
  field(schema: JsonObject, path: string): FieldFacts | undefined {
    let found: JsonObject[] = [schema];
    for (const step of path.split(".")) {
      const [, name = "", list, kind] = /^([^[:]+)(\[\])?(?::(.+))?$/.exec(step) ?? [];
      found = this.#step(found, name);
      if (list !== undefined) found = this.#itemsOf(found);
      if (kind !== undefined) found = this.#kindOf(found, kind);
      if (found.length === 0) return undefined;
    }
    const forms = found.flatMap((inner) => this.#forms(inner));
    return {
      types: [...new Set(forms.flatMap(typesOf))].filter((type) => type !== "null"),
      values: forms.flatMap((form) => asArray(form["enum"]).map(asString)),
    };
  }

  #step(schemas: readonly JsonObject[], name: string): JsonObject[] {
    return schemas
      .flatMap((schema) => this.#forms(schema))
      .flatMap(({ properties }) => {
        const inner = asObject(properties)[name];
        // `true` stands for anything.
        return inner === true ? [{}] : isJsonObject(inner) ? [inner] : [];
      });
  }

  #itemsOf(schemas: readonly JsonObject[]): JsonObject[] {
    return schemas
      .flatMap((schema) => this.#forms(schema))
      .flatMap(({ items }) => (isJsonObject(items) ? [items] : []));
  }

  #kindOf(schemas: readonly JsonObject[], kind: string): JsonObject[] {
    return schemas
      .flatMap((schema) => this.#forms(schema))
      .filter(({ properties }) =>
        asArray(asObject(asObject(properties)["type"])["enum"]).includes(kind),
      );
  }

  /** The forms that a value may have, references followed; each has what stands beside the choice, too. */
  #forms(schema: JsonObject): JsonObject[] {
    const { $ref, anyOf, oneOf, allOf, ...own } = schema;
    const target = typeof $ref === "string" ? this.#find($ref) : undefined;
    const choices = [
      ...[anyOf, oneOf, allOf].flatMap(asArray).map(asObject),
      ...(target ? [target] : []),
    ];
    if (choices.length === 0) return [own];
    return choices
      .flatMap((choice) => this.#forms(choice))
      .map((form) => ({
        ...own,
        ...form,
        properties: { ...asObject(own["properties"]), ...asObject(form["properties"]) },
        required: [...asArray(own["required"]), ...asArray(form["required"])],
      }));
  }

  #referencesOf(schema: JsonObject): string[] {
    const { $ref, anyOf } = schema;
    return [$ref, ...asArray(anyOf).map((form) => asObject(form)["$ref"])].flatMap((reference) =>
      typeof reference === "string" ? [reference] : [],
    );
  }

  #find(reference: string): JsonObject | undefined {
    let value: unknown = this.#document;
    for (const step of reference.replace(/^#\//, "").split("/")) value = asObject(value)[step];
    return isJsonObject(value) ? value : undefined;
  }
}

function typesOf({ type, enum: values }: JsonObject): string[] {
  if (type === undefined) return values === undefined ? ["anything"] : ["string"];
  return (Array.isArray(type) ? type : [type]).map(asString);
}
