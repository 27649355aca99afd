import type { FieldRef, NameField } from "../say.ts";
import { ALL_FIELDS, type FieldKey, fieldOf, isFieldKey } from "./fields/index.ts";
import type { RequestKind } from "./types.ts";

/** What fields are called on the command line and in a config. */

/** The option itself, `--mask-threshold`; the name in angles of an argument by its place. */
export function flagOf(key: FieldKey, kind: RequestKind = ALL_FIELDS[key].in[0]!): string {
  const { flag } = fieldOf(key, kind);
  return /--[a-z-]+/.exec(flag)?.[0] ?? flag;
}

const withValue = (name: string, { value }: FieldRef): string =>
  value === undefined ? name : `${name} ${value}`;

/** Requests whose commands stand below `fatezero bench`. */
const BENCH: readonly RequestKind[] = ["table1", "rank"];

/** The words of the command that carries a request out. */
export function commandOf(kind: RequestKind): readonly string[] {
  return BENCH.includes(kind) ? ["bench", kind] : [kind];
}

/** Options of a command. */
export function flagNames(kind: RequestKind): NameField {
  return (ref) => {
    if (!isFieldKey(ref.field)) return ref.field;
    const key = ref.field;
    const own = ALL_FIELDS[key].in.includes(kind) ? kind : undefined;
    return withValue(flagOf(key, own), ref);
  };
}

/** The key of a config, whole where its last part alone says little; null where it has none. */
function keyOf(key: FieldKey): string | null {
  const { yaml } = ALL_FIELDS[key];
  const path = typeof yaml === "string" ? yaml : "none" in yaml ? null : yaml[0]!;
  if (path === null || path.startsWith("fatezero.")) return path;
  const last = path.split(".").at(-1)!;
  return last.includes("_") ? last : path;
}

/**
 * Names for a run of a config: what the command line gave is called by its option, all else by its key, beside the option
 * that would go before it.
 */
export function configNames(given: object): NameField {
  const values: Partial<Record<FieldKey, unknown>> = given;
  return (ref) => {
    if (!isFieldKey(ref.field)) return ref.field;
    const key = keyOf(ref.field);
    const flag = ALL_FIELDS[ref.field].in.includes("run") ? flagOf(ref.field, "run") : null;
    if (key === null || (flag !== null && values[ref.field] !== undefined))
      return withValue(flag ?? flagOf(ref.field), ref);
    return withValue(flag === null ? key : `${key} (or ${flag})`, ref);
  };
}
