import type { DType, HostTensor } from "../tensor/index.ts";
import type { Dim } from "./dim.ts";

export type UnaryFn =
  | "sigmoid"
  | "erf"
  | "sqrt"
  | "exp"
  | "log"
  | "neg"
  | "sin"
  | "cos"
  | "tanh"
  | "relu"
  | "silu"
  | "gelu";
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
  | {
      /** conv2d turned round: `x` [B, O, H', W'], `weight` [O, C, kh, kw] → [B, C, …size], the input of that conv2d. */
      readonly kind: "convTranspose2d";
      readonly x: Value;
      readonly weight: Value;
      readonly stride: number;
      readonly padding: readonly [number, number, number, number];
      readonly size: readonly [Dim, Dim];
    }
  | {
      /** What a conv2d's weight has of input `x` [B, C, H, W] and output `y` [B, O, H', W']: [O, C, …size]. */
      readonly kind: "convKernel";
      readonly x: Value;
      readonly y: Value;
      readonly stride: number;
      readonly padding: readonly [number, number, number, number];
      readonly size: readonly [number, number];
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
  | {
      /** Zeros around one axis of known length. */
      readonly kind: "pad";
      readonly x: Value;
      readonly axis: number;
      readonly before: number;
      readonly after: number;
    }
  /** 1 at an index, 0 elsewhere, along a new last axis of length `depth`. */
  | { readonly kind: "oneHot"; readonly indices: Value; readonly depth: Dim }
  /** The length of an axis, as a float32 scalar. */
  | { readonly kind: "size"; readonly dim: Dim }
  /** `x` unchanged, but not before `token` is computed. */
  | { readonly kind: "after"; readonly x: Value; readonly token: Value }
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

type MapValue = (operand: Value) => Value;

/** Each operation with other operands; the only place that knows which of its fields they are, and their order. */
const MAPPED = {
  input: (op) => op,
  weight: (op) => op,
  constant: (op) => op,
  unary: (op, f) => ({ ...op, x: f(op.x) }),
  binary: (op, f) => ({ ...op, a: f(op.a), b: f(op.b) }),
  cast: (op, f) => ({ ...op, x: f(op.x) }),
  matmul: (op, f) => ({ ...op, a: f(op.a), b: f(op.b) }),
  linear: (op, f) => ({ ...op, x: f(op.x), weight: f(op.weight), bias: op.bias && f(op.bias) }),
  conv2d: (op, f) => ({ ...op, x: f(op.x), weight: f(op.weight), bias: op.bias && f(op.bias) }),
  convTranspose2d: (op, f) => ({ ...op, x: f(op.x), weight: f(op.weight) }),
  convKernel: (op, f) => ({ ...op, x: f(op.x), y: f(op.y) }),
  softmax: (op, f) => ({ ...op, x: f(op.x) }),
  instanceNorm: (op, f) => ({ ...op, x: f(op.x) }),
  layerNorm: (op, f) => ({ ...op, x: f(op.x), weight: f(op.weight), bias: f(op.bias) }),
  attention: (op, f) => ({ ...op, q: f(op.q), k: f(op.k), v: f(op.v) }),
  reshape: (op, f) => ({ ...op, x: f(op.x) }),
  expand: (op, f) => ({ ...op, x: f(op.x) }),
  transpose: (op, f) => ({ ...op, x: f(op.x) }),
  concat: (op, f) => ({ ...op, xs: op.xs.map((x) => f(x)) }),
  slice: (op, f) => ({ ...op, x: f(op.x) }),
  pad: (op, f) => ({ ...op, x: f(op.x) }),
  gather: (op, f) => ({ ...op, x: f(op.x), indices: f(op.indices) }),
  oneHot: (op, f) => ({ ...op, indices: f(op.indices) }),
  size: (op) => op,
  after: (op, f) => ({ ...op, x: f(op.x), token: f(op.token) }),
  upsample2x: (op, f) => ({ ...op, x: f(op.x) }),
  reduce: (op, f) => ({ ...op, x: f(op.x) }),
} satisfies OpTable<[MapValue], Op>;

/** The same operation on what `f` gives for each of its operands. */
export function mapOperands(op: Op, f: MapValue): Op {
  return byKind<[MapValue], Op>(MAPPED, op, f);
}

/** The values that an operation reads, in order. */
export function operandsOf(op: Op): readonly Value[] {
  const operands: Value[] = [];
  mapOperands(op, (operand) => {
    operands.push(operand);
    return operand;
  });
  return operands;
}
