import { type Dim, equalShapes, formatDims } from "../dim.ts";
import { GraphShapeError } from "../errors.ts";
import { resultOf } from "../result.ts";
import type { Value } from "../value.ts";

/** Same elements in the same order under another shape. */
export function reshape(x: Value, shape: readonly Dim[]): Value {
  return equalShapes(x.shape, shape) ? x : resultOf({ kind: "reshape", x, shape });
}

/** Repeats axes of length 1 up to `shape`. */
export function expand(x: Value, shape: readonly Dim[]): Value {
  return equalShapes(x.shape, shape) ? x : resultOf({ kind: "expand", x, shape });
}

/** Reorders axes: axis i of the result is axis `permutation[i]` of `x`. */
export function transpose(x: Value, permutation: readonly number[]): Value {
  return resultOf({ kind: "transpose", x, permutation });
}

/** An axis counted from 0; −1 is the last. */
export function positiveAxis(x: Value, axis: number): number {
  return axis < 0 ? axis + x.shape.length : axis;
}

/** Joins values along `axis`; the other axes must agree. */
export function concat(xs: readonly Value[], axis: number): Value {
  const [first, ...others] = xs;
  if (first && others.length === 0) return first;
  return resultOf({ kind: "concat", xs, axis: first ? positiveAxis(first, axis) : axis });
}

/** Elements `[start, end)` of one axis of known length. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const at = positiveAxis(x, axis);
  if (start === 0 && end === x.shape[at]) return x;
  return resultOf({ kind: "slice", x, axis: at, start, end });
}

/** One element of an axis of known length; the axis is dropped. */
export function select(x: Value, axis: number, index: number): Value {
  const at = positiveAxis(x, axis);
  return reshape(
    slice(x, at, index, index + 1),
    x.shape.filter((_, i) => i !== at),
  );
}

/** Splits an axis of known length into `count` equal parts. */
export function split(x: Value, axis: number, count: number): Value[] {
  const at = positiveAxis(x, axis);
  const length = x.shape[at];
  if (typeof length !== "number" || length % count !== 0) {
    throw new GraphShapeError(
      `split: axis ${at} of ${formatDims(x.shape)} does not divide into ${count} parts`,
    );
  }
  const part = length / count;
  return Array.from({ length: count }, (_, i) => slice(x, at, i * part, (i + 1) * part));
}

/** Picks entries of `axis` by int64 `indices`; the indices' shape takes the axis's place. */
export function gather(x: Value, indices: Value, axis: number): Value {
  return resultOf({ kind: "gather", x, indices, axis: positiveAxis(x, axis) });
}

/** Puts `before` and `after` zeros around an axis of known length. */
export function pad(x: Value, axis: number, before: number, after: number): Value {
  if (before === 0 && after === 0) return x;
  return resultOf({ kind: "pad", x, axis: positiveAxis(x, axis), before, after });
}

/** Rows of an identity matrix: int64 `indices` [...] → [..., depth], 1 at the index and 0 elsewhere. */
export function oneHot(indices: Value, depth: Dim): Value {
  return resultOf({ kind: "oneHot", indices, depth });
}

/** `x`, but what is computed from it waits until `token` is known. */
export function after(x: Value, token: Value): Value {
  return resultOf({ kind: "after", x, token });
}

/** Doubles height and width of [B, C, H, W] by repeating pixels. */
export function upsample2x(x: Value): Value {
  return resultOf({ kind: "upsample2x", x });
}
