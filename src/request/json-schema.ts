import { inWords } from "../say.ts";
import { fieldsOf } from "./fields/index.ts";
import { commandOf } from "./names.ts";
import type { RequestKind } from "./types.ts";
import { codecOf, type JsonSchema } from "./values/codecs.ts";

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
  const either = fields.flatMap(([key, { insteadOf }]) =>
    insteadOf ? [{ required: [key] }, { required: insteadOf }] : [],
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: ["fatezero", ...commandOf(kind)].join(" "),
    type: "object",
    properties: Object.fromEntries(properties),
    ...(either.length > 0 ? { anyOf: either } : {}),
    required: fields.flatMap(([key, { required }]) => (required?.includes(kind) ? [key] : [])),
    additionalProperties: false,
  };
}
