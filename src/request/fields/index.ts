import { type Field, type Fields, GROUPS, type Need, type ValueOf } from "../field.ts";
import type { RequestKind } from "../types.ts";
import { CLIP } from "./clip.ts";
import { DESCRIBE } from "./describe.ts";
import { EVAL } from "./eval.ts";
import { HAND_MASK } from "./hand-mask.ts";
import { KNOBS } from "./knobs.ts";
import { COMPARISON, METHOD, MODEL } from "./method.ts";
import { NULL_TEXT } from "./null-text.ts";
import { MOUNTED, OTHER, OUTPUT } from "./output.ts";
import { PROMPTS } from "./prompts.ts";
import { RANK } from "./rank.ts";
import { SWEEP } from "./sweep.ts";
import { TABLE1 } from "./table1.ts";
import { TUNE } from "./tune.ts";

export { CLIP, HAND_MASK, KNOBS, METHOD, MODEL, MOUNTED, TUNE };

/** Everything that can be asked for, once, in the order of the help. */
const FIELDS = {
  ...PROMPTS,
  ...EVAL,
  ...RANK,
  ...TABLE1,
  ...OUTPUT,
  ...CLIP,
  ...HAND_MASK,
  ...KNOBS,
  ...SWEEP,
  ...TUNE,
  ...MODEL,
  ...COMPARISON,
  ...METHOD,
  ...DESCRIBE,
  ...NULL_TEXT,
  ...OTHER,
} as const;

export type FieldTable = typeof FIELDS;
export type FieldKey = keyof FieldTable;
/** The value of a field. */
export type FieldValue<K extends FieldKey> = ValueOf<FieldTable[K]["type"]>;

/** The same fields, each seen as a field: their own types say too much for code that goes through all of them. */
export const ALL_FIELDS: Readonly<Record<FieldKey, Field>> = FIELDS;

export function isFieldKey(key: string): key is FieldKey {
  return Object.hasOwn(FIELDS, key);
}

/** A field as a request has it. */
export function fieldOf(key: FieldKey, kind: RequestKind): Field {
  const field = ALL_FIELDS[key];
  return { ...field, ...field.per?.[kind] };
}

/** The fields of a request, in the order of the help: by heading, then as they are written down. */
export function fieldsOf(kind: RequestKind): readonly (readonly [key: FieldKey, field: Field])[] {
  const keys = Object.keys(FIELDS) as FieldKey[];
  return keys
    .filter((key) => ALL_FIELDS[key].in.includes(kind))
    .map((key) => [key, fieldOf(key, kind)] as const)
    .sort(([, a], [, b]) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));
}

/** Whether a value asks for something that would not be done without it. */
function isAsked({ type, flag }: Field, value: unknown): boolean {
  if (type.kind === "flag") return value === !flag.startsWith("--no-");
  // No mask, or the one by the rule.
  if (type.kind === "maskWords") return typeof value === "object";
  // Cuts are looked for anyway, and windows taken where they are best.
  if (type.kind === "scenes" || type.kind === "frameWindow") return value !== undefined && value !== "auto";
  return value !== undefined;
}

/** The fields of which something is asked, in the order of the help; those with a need where one is named. */
export function askedFields(request: object, need?: Need): readonly FieldKey[] {
  const values: Partial<Record<FieldKey, unknown>> = request;
  return (Object.keys(FIELDS) as FieldKey[]).filter((key) => {
    const field = ALL_FIELDS[key];
    return isAsked(field, values[key]) && (need === undefined || (field.needs?.includes(need) ?? false));
  });
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The values that a request gives to some of the fields. */
export function pickFields<F extends Fields, R extends object>(
  fields: F,
  request: R,
): Given<Pick<R, keyof R & keyof F>> {
  const entries = Object.entries(request).filter(
    ([key, value]) => value !== undefined && Object.hasOwn(fields, key),
  );
  return Object.fromEntries(entries) as Given<Pick<R, keyof R & keyof F>>;
}

/** The default of a field with one. */
export function defaultOf<K extends FieldKey>(key: K, kind: RequestKind): FieldValue<K> {
  return fieldOf(key, kind).default as FieldValue<K>;
}
