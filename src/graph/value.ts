import type { DType } from "../tensor/index.ts";
import { sizeOf } from "../tensor/index.ts";
import type { Dim } from "./dim.ts";
import { GraphShapeError } from "./errors.ts";

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

/**
 * What computes a value. A pure record: it says everything about the operation and holds no state, so a graph can be
 * walked, rewritten and differentiated.
 */
export type Op =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "weight"; readonly name: string; readonly location: WeightSource }
  | { readonly kind: "constant"; readonly data: Float32Array | BigInt64Array }
  | { readonly kind: "unary"; readonly fn: UnaryFn; readonly x: Value }
  | { readonly kind: "binary"; readonly fn: BinaryFn; readonly a: Value; readonly b: Value }
  | { readonly kind: "cast"; readonly x: Value }
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
  | { readonly kind: "reshape"; readonly x: Value }
  | { readonly kind: "expand"; readonly x: Value }
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

/** A named input of a graph. */
export function input(name: string, shape: readonly Dim[], dtype: "float32" | "int64" = "float32"): Value {
  return { op: { kind: "input", name }, dtype, shape };
}

/** A weight that stays where its bytes are. `dtype` is the file's; cast it to compute with it. */
export function weight(name: string, dtype: DType, shape: readonly number[], location: WeightSource): Value {
  return { op: { kind: "weight", name, location }, dtype, shape };
}

/** A small constant held in the graph itself. */
export function constant(
  shape: readonly number[],
  data: Float32Array | BigInt64Array | readonly number[],
): Value {
  const values =
    data instanceof Float32Array || data instanceof BigInt64Array ? data : Float32Array.from(data);
  if (sizeOf(shape) !== values.length) {
    throw new GraphShapeError(
      `a constant of shape [${shape.join(", ")}] needs ${sizeOf(shape)} values, got ${values.length}`,
    );
  }
  const dtype = values instanceof BigInt64Array ? "int64" : "float32";
  return { op: { kind: "constant", data: values }, dtype, shape };
}

/** A float32 scalar constant. */
export function scalar(value: number): Value {
  return constant([], [value]);
}

/** The values an operation reads, in order. */
export function inputsOf(op: Op): readonly Value[] {
  switch (op.kind) {
    case "input":
    case "weight":
    case "constant":
      return [];
    case "binary":
    case "matmul":
      return [op.a, op.b];
    case "linear":
    case "conv2d":
      return op.bias ? [op.x, op.weight, op.bias] : [op.x, op.weight];
    case "layerNorm":
      return [op.x, op.weight, op.bias];
    case "attention":
      return [op.q, op.k, op.v];
    case "concat":
      return op.xs;
    case "gather":
      return [op.x, op.indices];
    default:
      return [op.x];
  }
}
