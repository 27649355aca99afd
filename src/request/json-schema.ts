import { inWords } from "../say.ts";
import { fieldsOf } from "./fields/index.ts";
import { commandOf } from "./names.ts";
import type { RequestKind } from "./types.ts";
import { codecOf, type JsonSchema } from "./values/codecs.ts";

/** The smallest sets of fields of which a request needs one, where some stand in place of others. */
function eitherOf(
  fields: ReturnType<typeof fieldsOf>,
  required: readonly string[],
): readonly (readonly string[])[] {
  const own = new Set<string>(fields.map(([key]) => key));
  // What stands in for another is there by itself where it is required.
  const optional = fields.filter(([key]) => !required.includes(key));
  const replaced = new Set(
    optional.flatMap(([, { insteadOf = [] }]) => insteadOf.filter((key) => own.has(key))),
  );
  const waysOf = (key: string): string[] => [
    key,
    ...fields.flatMap(([other, { insteadOf }]) => (insteadOf?.includes(key) ? [other] : [])),
  ];
  const all = [...replaced].reduce<readonly (readonly string[])[]>(
    (sets, key) => sets.flatMap((set) => waysOf(key).map((way) => [...new Set([...set, way])])),
    replaced.size > 0 ? [[]] : [],
  );
  const isWithin = (a: readonly string[], b: readonly string[]): boolean => a.every((key) => b.includes(key));
  return all.filter(
    (set, i) =>
      !all.some((other, j) => i !== j && isWithin(other, set) && (other.length < set.length || j < i)),
  );
}

/** The JSON Schema of a request, for forms, an HTTP API and other languages. */
export function jsonSchema(kind: RequestKind): JsonSchema {
  const fields = fieldsOf(kind);
  const properties = fields.map(([key, field]) => {
    const notes = [
      inWords(field.help),
      ...(field.symbol === undefined ? [] : [`In the paper: ${field.symbol}`]),
      ...(field.otherwise === undefined ? [] : [`Default: ${inWords(field.otherwise)}`]),
    ];
    const schema: JsonSchema = {
      ...codecOf(field.type).schema(field.type),
      description: notes.join(". "),
      ...(field.default === undefined ? {} : { default: field.default }),
    };
    return [key, schema] as const;
  });
  const required = fields.flatMap(([key, { required }]) => (required?.includes(kind) ? [key] : []));
  const either = eitherOf(fields, required);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: ["fatezero", ...commandOf(kind)].join(" "),
    type: "object",
    properties: Object.fromEntries(properties),
    ...(either.length > 0 ? { anyOf: either.map((keys) => ({ required: keys })) } : {}),
    required,
    additionalProperties: false,
  };
}
