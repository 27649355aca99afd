import { type FieldKey, fieldOf, fieldsOf } from "./fields/index.ts";
import { commandOf, flagOf } from "./names.ts";
import type { RequestKind, Requests } from "./types.ts";
import { codecOf } from "./values/codecs.ts";

/** The arguments that give a field a value; none where it is what is given without them. */
function argumentsOf(key: FieldKey, kind: RequestKind, value: unknown): readonly string[] {
  const { type, off } = fieldOf(key, kind);
  const flag = flagOf(key, kind);
  if (type.kind === "flag") {
    // An option that only switches off, as --no-audio.
    if (flag.startsWith("--no-")) return value === false ? [flag] : [];
    if (value === true) return [flag];
    return off ? [off.flag] : [];
  }
  if (type.kind === "choice" && type.flagged !== undefined) return value === type.flagged ? [flag] : [];
  const texts = codecOf(type).write(value);
  return flag.startsWith("-") ? texts.flatMap((text) => [flag, text]) : texts;
}

/**
 * A request as arguments of the command line, those by place first, in the order of the help.
 *
 * @param only the fields to write; all by default
 */
export function toArguments<K extends RequestKind>(
  kind: K,
  request: Partial<Requests[K]>,
  only: (key: FieldKey) => boolean = () => true,
): string[] {
  const values: Partial<Record<FieldKey, unknown>> = request;
  return fieldsOf(kind).flatMap(([key]) =>
    values[key] === undefined || !only(key) ? [] : argumentsOf(key, kind, values[key]),
  );
}

/** The whole command line, without the program's name. */
export function commandLineOf<K extends RequestKind>(kind: K, request: Requests[K]): string[] {
  return [...commandOf(kind), ...toArguments(kind, request)];
}
