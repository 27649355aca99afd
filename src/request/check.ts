import type { FieldType, ValueOf } from "./field.ts";
import type { FieldKey, FieldTable } from "./fields/index.ts";
import type { RequestKind, Requests } from "./types.ts";

/**
 * Holds the hand-written requests against the fields, both ways, and does nothing else. A difference is told as "Property
 * 'steps' is missing in type '{}'": it is missing in, or another one in, types.ts, options.ts or fields/.
 */

type In<K extends FieldKey> = FieldTable[K]["in"][number];
type RequiredIn<K extends FieldKey> = FieldTable[K] extends {
  readonly required: readonly (infer R)[];
}
  ? R
  : never;
/** The type that a request has in place of the field's own, else that. */
type TypeIn<K extends FieldKey, R extends RequestKind> = FieldTable[K] extends {
  readonly per: { readonly [P in R]: { readonly type: infer T extends FieldType } };
}
  ? T
  : FieldTable[K]["type"];
type Value<K extends FieldKey, R extends RequestKind> = ValueOf<TypeIn<K, R>>;

/** A request as the fields say it. */
type FromFields<R extends RequestKind> = {
  readonly [K in FieldKey as R extends In<K> ? (R extends RequiredIn<K> ? K : never) : never]: Value<K, R>;
} & {
  readonly [K in FieldKey as R extends In<K> ? (R extends RequiredIn<K> ? never : K) : never]?:
    | Value<K, R>
    | undefined;
};

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** A property for every key in which two requests differ. */
type Differences<A, B> = {
  readonly [K in keyof A | keyof B as K extends keyof A & keyof B
    ? Same<Pick<A, K>, Pick<B, K>> extends true
      ? never
      : K
    : K]: K extends keyof B ? B[K] : "no field";
};

type Agreement = { readonly [R in RequestKind]: Differences<Requests[R], FromFields<R>> };

const NONE: Agreement = {
  edit: {},
  invert: {},
  maps: {},
  run: {},
  plan: {},
  tune: {},
  eval: {},
  describe: {},
  table1: {},
  rank: {},
};
void NONE;
