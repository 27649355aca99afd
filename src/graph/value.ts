import type { DType, HostTensor } from "../tensor/index.ts";
import type { Dim } from "./dim.ts";

export type UnaryFn = "sigmoid" | "erf" | "sqrt" | "exp" | "neg" | "sin" | "cos" | "tanh";
export type BinaryFn = "add" | "sub" | "mul" | "div";
export type ReduceFn = "mean" | "sum" | "max";

/** Bytes of one weight inside a file: the graph refers to them, it never holds them. */
export interface WeightLocation {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** Bytes of a weight that no file holds as they are needed (a transposed view, a compressed archive): small ones only. */
export interface InlineWeight {
  readonly data: Uint8Array;
}

/** Where a weight's bytes are: row-major, little-endian, in its own type. */
export type WeightSource = WeightLocation | InlineWeight;

/** Type and shape of what a graph is fed under one name: who builds the graph and who feeds it share it. */
export interface Port<D extends HostTensor["dtype"] = HostTensor["dtype"]> {
  readonly dtype: D;
  readonly shape: readonly Dim[];
}

/**
 * What computes a value. A pure record: it says everything about the operation and holds no state, so a graph can be
 * walked, rewritten and differentiated. What is done with each kind stands in tables (`OpTable`) that have an entry for
 * every one of them.
 */
export type Op =
  | { readonly kind: "input"; readonly name: string; readonly port: Port }
  | {
      readonly kind: "weight";
      readonly name: string;
      readonly dtype: DType;
      readonly shape: readonly number[];
      readonly location: WeightSource;
    }
  | {
      readonly kind: "constant";
      readonly shape: readonly number[];
      readonly data: Float32Array | BigInt64Array;
    }
  | { readonly kind: "unary"; readonly fn: UnaryFn; readonly x: Value }
  | { readonly kind: "binary"; readonly fn: BinaryFn; readonly a: Value; readonly b: Value }
  | { readonly kind: "cast"; readonly x: Value; readonly dtype: DType }
  | { readonly kind: "matmul"; readonly a: Value; readonly b: Value }
  | { readonly kind: "linear"; readonly x: Value; readonly weight: Value; readonly bias: Value | null }
  | {
      readonly kind: "conv2d";
      readonly x: Value;
      readonly weight: Value;
      readonly bias: Value | null;
      readonly stride: number;
      /** Zeros added at [top, left, bottom, right]. */
      readonly padding: readonly [number, number, number, number];
    }
  | { readonly kind: "softmax"; readonly x: Value }
  | { readonly kind: "instanceNorm"; readonly x: Value; readonly epsilon: number }
  | {
      readonly kind: "layerNorm";
      readonly x: Value;
      readonly weight: Value;
      readonly bias: Value;
      readonly epsilon: number;
    }
  | {
      readonly kind: "attention";
      readonly q: Value;
      readonly k: Value;
      readonly v: Value;
      readonly heads: number;
      readonly scale: number;
    }
  | { readonly kind: "reshape"; readonly x: Value; readonly shape: readonly Dim[] }
  | { readonly kind: "expand"; readonly x: Value; readonly shape: readonly Dim[] }
  | { readonly kind: "transpose"; readonly x: Value; readonly permutation: readonly number[] }
  | { readonly kind: "concat"; readonly xs: readonly Value[]; readonly axis: number }
  | {
      readonly kind: "slice";
      readonly x: Value;
      readonly axis: number;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: "gather"; readonly x: Value; readonly indices: Value; readonly axis: number }
  | { readonly kind: "upsample2x"; readonly x: Value }
  | { readonly kind: "reduce"; readonly fn: ReduceFn; readonly x: Value; readonly axis: number };

/** A symbolic tensor: an operation with the type and shape of its result. */
export interface Value {
  readonly op: Op;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

export type OpKind = Op["kind"];

/** What is done with each kind of op. A new kind is a compile error in every table until it has its entry there. */
export type OpTable<Rest extends readonly unknown[], Result> = {
  readonly [K in OpKind]: (op: Extract<Op, { readonly kind: K }>, ...rest: Rest) => Result;
};

/** Does with `op` what the table has for its kind. */
export function byKind<Rest extends readonly unknown[], Result>(
  table: OpTable<Rest, Result>,
  op: Op,
  ...rest: Rest
): Result {
  // TypeScript does not see that the entry found under an op's kind takes that op.
  return (table[op.kind] as (op: Op, ...rest: Rest) => Result)(op, ...rest);
}

const NONE: readonly Value[] = [];

const OPERANDS = {
  input: () => NONE,
  weight: () => NONE,
  constant: () => NONE,
  unary: ({ x }) => [x],
  binary: ({ a, b }) => [a, b],
  cast: ({ x }) => [x],
  matmul: ({ a, b }) => [a, b],
  linear: ({ x, weight, bias }) => (bias ? [x, weight, bias] : [x, weight]),
  conv2d: ({ x, weight, bias }) => (bias ? [x, weight, bias] : [x, weight]),
  softmax: ({ x }) => [x],
  instanceNorm: ({ x }) => [x],
  layerNorm: ({ x, weight, bias }) => [x, weight, bias],
  attention: ({ q, k, v }) => [q, k, v],
  reshape: ({ x }) => [x],
  expand: ({ x }) => [x],
  transpose: ({ x }) => [x],
  concat: ({ xs }) => xs,
  slice: ({ x }) => [x],
  gather: ({ x, indices }) => [x, indices],
  upsample2x: ({ x }) => [x],
  reduce: ({ x }) => [x],
} satisfies OpTable<[], readonly Value[]>;

/** The values that an operation reads, in order. */
export function operandsOf(op: Op): readonly Value[] {
  return byKind(OPERANDS, op);
}
