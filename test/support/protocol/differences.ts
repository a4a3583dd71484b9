import type { JsonObject } from "../wire-guards.js";
import type { ProtocolInUse } from "./in-use.js";
import type { ProtocolSchema } from "./schema.js";

/** What of the protocol in use is not, or no more, as Codex's schema says; a sentence each, none if all is well. */
export function differencesFrom(schema: ProtocolSchema, used: ProtocolInUse): string[] {
  return [
    ...requestDifferences(schema, used),
    ...askedDifferences(schema, used),
    ...notificationDifferences(schema, used),
  ];
}

function requestDifferences(schema: ProtocolSchema, { requests }: ProtocolInUse): string[] {
  const methods = schema.methods("ClientRequest");
  return Object.entries(requests).flatMap(([method, { sends, reads }]) => {
    const params = methods.get(method);
    if (!params) return [`${method} is gone`];
    const sent = sends.map((field) => field.replace(/[.[:=#~].*$/, ""));
    const wanted = schema.requiredOf(params).filter((name) => !sent.includes(name));
    return [
      ...wanted.map((name) => `${method}: ${name} must be sent now`),
      ...sends.flatMap((field) => sentDifferences(schema, params, method, field)),
      ...answerDifferences(schema, params, `the answer to ${method}`, reads, readDifferences),
    ];
  });
}

/** What Codex asks, and what it is answered. */
function askedDifferences(schema: ProtocolSchema, { asked }: ProtocolInUse): string[] {
  const methods = schema.methods("ServerRequest");
  const unknown = [...methods.keys()].filter((method) => !(method in asked));
  return [
    ...unknown.map((method) => `${method} is new: Codex may ask it`),
    ...Object.entries(asked).flatMap(([method, { reads, answers, mayBeGone }]) => {
      const params = methods.get(method);
      if (!params) return mayBeGone ? [] : [`${method} is gone`];
      return [
        ...reads.flatMap((field) => readDifferences(schema, params, method, field)),
        ...answerDifferences(schema, params, `our answer to ${method}`, answers, sentDifferences),
      ];
    }),
  ];
}

function notificationDifferences(
  schema: ProtocolSchema,
  { notifications }: ProtocolInUse,
): string[] {
  const methods = schema.methods("ServerNotification");
  return Object.entries(notifications).flatMap(([method, reads]) => {
    const params = methods.get(method);
    if (!params) return [`${method} is gone`];
    return reads.flatMap((field) => readDifferences(schema, params, method, field));
  });
}

type Compare = typeof readDifferences;

function answerDifferences(
  schema: ProtocolSchema,
  params: JsonObject,
  message: string,
  fields: readonly string[],
  compare: Compare,
): string[] {
  if (fields.length === 0) return [];
  const answer = schema.answerTo(params);
  if (!answer) return [`${message} has no schema by the name of its params`];
  return fields.flatMap((field) => compare(schema, answer, message, field));
}

/** A field that the plugin sends has to exist and to take the values that are sent. */
function sentDifferences(
  schema: ProtocolSchema,
  message: JsonObject,
  name: string,
  field: string,
): string[] {
  const { path, values } = parseField(field);
  const facts = schema.field(message, path);
  if (!facts) return [`${name}: field ${path} is gone`];
  if (facts.values.length === 0) return [];
  return values
    .filter((value) => !facts.values.includes(value))
    .map((value) => `${name}: ${path} takes no ${value} any more`);
}

/** A field that the plugin reads has to exist, to be what it is read as, and to hold no value that was never heard of. */
function readDifferences(
  schema: ProtocolSchema,
  message: JsonObject,
  name: string,
  field: string,
): string[] {
  const { path, type, values, isWhole } = parseField(field);
  const facts = schema.field(message, path);
  if (!facts) return [`${name}: field ${path} is gone`];
  const types = facts.types.map((found) => (found === "integer" ? "number" : found));
  return [
    ...(types.includes(type) || types.includes("anything")
      ? []
      : [`${name}: ${path} is no ${type} any more but ${types.join(" or ")}`]),
    ...values
      .filter((value) => !facts.values.includes(value))
      .map((value) => `${name}: ${path} is never ${value} any more`),
    ...(isWhole ? facts.values : [])
      .filter((value) => !values.includes(value))
      .map((value) => `${name}: ${path} has a new value ${value}`),
  ];
}

/** See `ProtocolInUse` for how a field is written. */
function parseField(field: string) {
  const [, path = "", type = "string", sign, list = ""] =
    /^([^#=~]+)(?:#(\w+))?(?:([=~])(.+))?$/.exec(field) ?? [];
  return { path, type, values: list === "" ? [] : list.split("|"), isWhole: sign === "=" };
}
